"""The literature that a report's methods paragraph cites."""

from typing import Any

REFERENCES = {
    "bt500": "ITU-R BT.500-15 (2023). Methodologies for the subjective assessment of the quality of television images.",
    "williams": "Williams, E. J. (1949). Experimental designs balanced for the estimation of residual effects of "
    "treatments. Aust. J. Sci. Res. A 2, 149–168.",
    "icc": "Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater reliability. "
    "Psychol. Bull. 86, 420–428.",
    "mcgraw": "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. "
    "Psychol. Methods 1, 30–46.",
    "alpha": "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.",
    "fisher": "Fisher, R. A. (1921). On the “probable error” of a coefficient of correlation deduced from a small "
    "sample. Metron 1, 3–32.",
    "owen": "Owen, A. B. (2007). The pigeonhole bootstrap. Ann. Appl. Stat. 1, 386–411.",
    "mixed": "Baayen, R. H., Davidson, D. J., & Bates, D. M. (2008). Mixed-effects modeling with crossed random "
    "effects for subjects and items. J. Mem. Lang. 59, 390–412.",
}


def cited(report: dict[str, Any]) -> list[str]:
    """The references of the figures that this report has."""
    has_icc, has_r = report["reliability"]["raw"]["all"]["icc2_1"] is not None, report["correlation"] is not None
    needs: dict[str, bool] = {
        "williams": report["source"] != "imported",
        "icc": has_icc,
        "mcgraw": has_icc,
        "alpha": has_icc,
        "fisher": has_r,
        "owen": has_r,
        "mixed": report["mixed_model"] is not None,
    }
    return [text for key, text in REFERENCES.items() if needs.get(key, True)]
