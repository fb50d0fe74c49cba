"""What a person is told when something cannot be done."""


class Refusal(Exception):
    """Something was asked that cannot be done; the message says what, where, and what to do instead."""
