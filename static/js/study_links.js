// The links of a study.

import CopyButton from "./copy_button.js"

CopyButton.all()
