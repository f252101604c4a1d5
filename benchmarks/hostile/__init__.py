"""What a stranger may send: real files broken in many ways, messages nobody defined, connections that only linger."""
