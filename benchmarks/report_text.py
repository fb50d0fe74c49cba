"""How often the English rules read an annotated sentence right: `python -m benchmarks.report_text FILE`.

FILE is `rsAnnotations-1-120-random.txt` of github.com/chapmanbe/negex (Apache-2.0): a finding, the sentence
that names it in capitals, and annotations of negation, time and experiencer, tab-separated.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from surveillance.report_text.pack import Status, pack
from surveillance.report_text.reading import asserted

LATIN = "latin-1"


def confusion(path: Path) -> Counter[tuple[str, str]]:
    """Sentences by how they are annotated and how they are read."""
    rules, found = pack("en"), Counter[tuple[str, str]]()
    for line in path.read_text(encoding=LATIN).splitlines()[1:]:
        parts = [" ".join(part.strip(' "').split()) for part in line.split("\t")]
        if len(parts) < 6:
            continue
        _, finding, sentence, negation, time, experiencer = parts[:6]
        named = re.search(re.escape(finding.upper()), sentence) or re.search(
            re.escape(finding), sentence, re.IGNORECASE
        )
        if named:
            status, _ = asserted(sentence, named, rules)
            found[_annotated(negation, time, experiencer), status.value] += 1
    return found


def _annotated(negation: str, time: str, experiencer: str) -> str:
    if time.lower().startswith("hypo") or experiencer.lower() == "other":
        return Status.HYPOTHETICAL.value
    if time.lower().startswith("hist") and negation.lower() == "affirmed":
        return Status.HISTORICAL.value
    return {"possible": Status.UNCERTAIN.value}.get(negation.lower(), negation.lower())


def main() -> None:
    """Print the table and the counts that the rule pack holds."""
    found = confusion(Path(sys.argv[1]))
    for annotated in Status:
        print(annotated.value, {read.value: found[annotated.value, read.value] for read in Status})
    affirmed, negated = Status.AFFIRMED.value, Status.NEGATED.value
    right, denied = found[affirmed, affirmed], found[negated, negated]
    print("positives_right", right, "positives", right + found[affirmed, negated])
    print("negatives_right", denied, "negatives", denied + found[negated, affirmed])


if __name__ == "__main__":
    main()
