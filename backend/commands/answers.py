"""Answers that a person wrote down in a file, each with what stands beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from register.refusal import Refusal


class AnswersNotUnderstood(Refusal):
    """A file of answers that cannot be taken; the sentence names the file, the key and the remedy."""


def written_answers(path: Path, beside: str) -> Mapping[str, Mapping[str, str]]:
    """The answers of a file, each with what stands beside it."""
    import yaml

    try:
        said: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as wrong:
        raise AnswersNotUnderstood(
            f"{path}: not readable as YAML in UTF-8; mend it: {wrong}"
        ) from wrong
    if not isinstance(said, dict) or not said:
        raise AnswersNotUnderstood(
            f"{path}: expected one line a key: `KEY: {{answer: …, {beside}: …}}`."
        )
    for key, one in said.items():
        if not isinstance(one, dict) or set(one) != {"answer", beside}:
            raise AnswersNotUnderstood(
                f"{path}: '{key}' needs `answer:` and `{beside}:`, and nothing else; write it as "
                f"`{key}: {{answer: …, {beside}: …}}`."
            )
    return {str(key): {name: str(v) for name, v in one.items()} for key, one in said.items()}
