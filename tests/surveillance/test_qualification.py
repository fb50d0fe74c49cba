"""The qualification run: shipped cases, an auditor's cases, and what goes wrong in them."""

import inspect
import json

import pytest

from surveillance.qualification import (
    DEFAULT_ABS_TOL,
    METHODS,
    CasesError,
    load,
    run,
    shipped,
)
from surveillance.statistics.catalogue import values_of

GOOD = {
    "id": "wilson",
    "method": "wilson",
    "inputs": {"successes": 0, "trials": 20},
    "expected": {"lower": 0, "upper": 0.1611},
    "abs_tol": 0.00005,
    "source": "Newcombe (1998)",
}


@pytest.mark.parametrize("case", shipped(), ids=lambda case: case["id"])
def test_every_shipped_case_passes_and_has_a_source(case):
    """The build reproduces the case, and the case says where its numbers are from."""
    outcome = run([case]).cases[0]
    assert outcome.passed, outcome.got
    assert len(case["source"]) > 20


def test_shipped_cases_are_many_unique_and_cover_every_method():
    """At least 60 cases, no id twice, no method without one."""
    cases = shipped()
    assert len(cases) >= 60
    assert len({case["id"] for case in cases}) == len(cases)
    assert {case["method"] for case in cases} == set(METHODS)


@pytest.mark.parametrize("case", shipped(), ids=lambda case: case["id"])
def test_a_wrong_expectation_fails(case):
    """Moving any expected number by a hundredth and one fails the case."""
    for name, value in case["expected"].items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            wrong = case | {"expected": {name: value * 1.01 + 0.01}}
            assert not run([wrong]).passed


@pytest.mark.parametrize("name", METHODS)
def test_declared_inputs_and_outputs_are_those_of_the_function(name):
    """What `--methods` prints is what the method takes and gives."""
    method = METHODS[name]
    assert list(method.inputs) == list(inspect.signature(method.function).parameters)
    assert all(item.meaning for item in method.inputs.values())
    assert method.meaning.endswith((".", "n"))
    case = next(case for case in shipped() if case["method"] == name)
    assert list(values_of(method.function(**case["inputs"]))) == list(method.outputs)


def test_the_record_is_plain_json_with_the_agreed_keys():
    """Id, method, passed, expected and got of each case survive json.dumps."""
    record = json.loads(json.dumps(run([GOOD]).as_json()))
    assert record == {
        "cases": [
            {
                "id": "wilson",
                "method": "wilson",
                "passed": True,
                "expected": {"lower": 0, "upper": 0.1611},
                "got": {"lower": 0.0, "upper": pytest.approx(0.1611, abs=5e-5)},
            }
        ]
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"method": "wilsons"}, "There is no method 'wilsons'"),
        ({"inputs": {"successes": 0, "trails": 20}}, "Input `trails` is unknown for wilson"),
        ({"inputs": {"successes": 0}}, "Input `trials` is missing for wilson"),
        ({"inputs": None}, "`inputs` is missing"),
        ({"expected": {"upper_limit": 0.16}}, "Output `upper_limit` is unknown for wilson"),
        ({"expected": {}}, "nothing would be checked"),
        ({"expected": None}, "nothing would be checked"),
        ({"abs_tol": -1}, "`abs_tol` is -1"),
        ({"abs_tol": "small"}, "`abs_tol` is 'small'"),
        ({"inputs": {"successes": 30, "trials": 20}}, "`successes` is 30 but `trials` is 20"),
        ({"inputs": {"successes": "x", "trials": 20}}, "wilson refused the inputs"),
        ({"inputs": {"successes": [1], "trials": 20}}, "wilson refused the inputs"),
    ],
)
def test_a_case_that_cannot_run_fails_with_a_sentence_and_the_rest_goes_on(change, sentence):
    """The broken case says what is wrong; its neighbour still passes."""
    broken, good = run([GOOD | change, GOOD]).cases
    assert not broken.passed
    assert sentence in broken.got
    assert good.passed


def test_tolerances():
    """Default absolute, absolute, relative, and either of both."""
    exact = run([GOOD | {"expected": {"upper": 0}}]).cases[0].got["upper"]
    near = {key: value for key, value in GOOD.items() if key != "abs_tol"}
    for expected, tolerance, passed in (
        (exact + 0.9 * DEFAULT_ABS_TOL, {}, True),
        (exact + 1.1 * DEFAULT_ABS_TOL, {}, False),
        (exact + 0.009, {"abs_tol": 0.01}, True),
        (exact * 1.009, {"rel_tol": 0.01}, True),
        (exact * 1.02, {"rel_tol": 0.01}, False),
        (exact * 1.02, {"rel_tol": 0.01, "abs_tol": 0.1}, True),
    ):
        case = near | {"expected": {"upper": expected}} | tolerance
        assert run([case]).passed == passed, (expected, tolerance)


@pytest.mark.parametrize(
    ("expected", "passed"),
    [({"upper": "0.16"}, False), ({"upper": None}, False), ({"method": "Wilson score"}, True),
     ({"method": "wald"}, False), ({"reason": None}, True), ({"n": True}, False)],
)  # fmt: skip
def test_words_and_null_are_compared_as_such(expected, passed):
    """Text never equals a number; null means no value."""
    assert run([GOOD | {"expected": expected}]).passed == passed


def test_no_cases_is_not_a_pass():
    """An empty run proves nothing."""
    assert not run([]).passed


def test_a_file_of_cases_is_a_list_or_holds_one(tmp_path):
    """Both forms load, with or without a byte order mark."""
    for number, text in enumerate((json.dumps([GOOD]), json.dumps({"cases": [GOOD]}),
                                   "\ufeff" + json.dumps([GOOD]))):  # fmt: skip
        path = tmp_path / f"{number}.json"
        path.write_text(text, encoding="utf-8")
        assert load(path) == [GOOD]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b'[{"id": 1,]', "not valid JSON at line 1, column"), (b'"text"', "holds no list of cases"),
     (b"[1]", "case 1 is 1"), (b"\xff\xfe[", "not UTF-8"), (None, "cannot be read")],
)  # fmt: skip
def test_files_that_are_not_cases_are_refused_with_a_sentence(tmp_path, content, sentence):
    """Broken JSON, wrong shape, wrong encoding and a missing file each have their message."""
    path = tmp_path / "cases.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CasesError, match=sentence):
        load(path)
