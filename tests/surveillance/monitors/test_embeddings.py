"""Embeddings from a batch to a verdict: stored, drawn again for the months that are compared, and judged."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from backend.database import raw, unit_of_work
from surveillance import cycle
from surveillance.monitors.verdict import Answer, standing
from tests.batches import INFERENCE, STUDY, write


def test_imported_embeddings_are_compared_in_a_cycle(take, registered: str, tmp_path: Path) -> None:
    """A hundred a month; in June they lie elsewhere."""
    rng = np.random.default_rng(5)
    studies, inferences = [], []
    for n in range(600):
        month, uid = 1 + n // 100, {"study_instance_uid": f"1.{n}"}
        on = f"2026-{month:02d}-15T10:00:00+00:00"
        vector = str(rng.normal(3.0 * (month == 6), 1, 3).round(4).tolist())
        studies.append({**STUDY, **uid, "patient_id": f"P{n}", "study_datetime": on})
        inferences.append({**INFERENCE, **uid, "inference_id": f"I{n}", "completed_at": on, "embedding": vector})  # fmt: skip
    take(write(tmp_path / "b", studies=studies, inferences=inferences), at=datetime(2026, 7, 1, tzinfo=UTC))  # fmt: skip
    with unit_of_work(registered, by="t") as session:
        cycle.run(session, raw(session), as_of=datetime(2026, 7, 2, tzinfo=UTC))
        (said,) = [v for v in standing(session) if v.metric == "embedding"]
    assert said.answer is Answer.SHIFTED
    assert "300 and 100 embeddings" in said.sentence
