"""Every method by name, with the meaning of its inputs and outputs, read off the functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, get_type_hints

from surveillance.statistics import (
    acceptance,
    accuracy,
    agreement,
    audit,
    back_test,
    calibration,
    case_mix,
    claims,
    clustered_pairs,
    comparisons,
    confidence_sequences,
    control_charts,
    cusum,
    designed_samples,
    discrimination,
    drift,
    embedding_drift,
    estimated_control,
    ewma,
    expected_performance,
    funnel,
    group_sequential,
    helper_divergence,
    imperfect_reference,
    imperfectly_verified,
    imputation,
    indeterminates,
    intraclass,
    making_data_count,
    measurement_agreement,
    missingness,
    multiplicity,
    numbers_needed,
    overlap,
    partial_area,
    percentiles,
    proportions,
    rare_events,
    readers,
    reference_uncertainty,
    reliability,
    risk_adjusted_cusum,
    score_calibration,
    screening,
    sprt,
    subgroups,
    survival,
    verification,
    verification_bounds,
)
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.glossary import INPUTS, OUTPUTS, PARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One argument of a method."""

    meaning: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One statistic: what it computes, from what, to what."""

    name: str
    function: Callable[..., Any]
    meaning: str
    inputs: dict[str, Input]
    outputs: dict[str, str]


def values_of(result: object, *, prefix: str = "") -> dict[str, object]:
    """A result as flat names and plain values, nested estimates under the name of their field.

    >>> values_of(proportions.wilson(successes=0, trials=0))["reason"]
    'There were no trials.'
    """
    if isinstance(result, Estimate):
        return {
            _joined(prefix, part) or "estimate": getattr(result, part or "estimate")
            for part in PARTS
        }
    if is_dataclass(result):
        flat: dict[str, object] = {}
        for field in fields(result):
            name = _joined(prefix, field.name, nested=bool(prefix))
            flat |= values_of(getattr(result, field.name), prefix=name)
        return flat
    if isinstance(result, Enum):
        return {prefix: result.value}
    return {prefix or "result": result.tolist() if hasattr(result, "tolist") else result}


def _outputs(kind: Any, *, prefix: str = "", meaning: str = "") -> dict[str, str]:
    if kind is Estimate:
        about = f"{meaning}: " if meaning else ""
        return {_joined(prefix, part) or "estimate": about + text for part, text in PARTS.items()}
    if is_dataclass(kind):
        hints, flat = get_type_hints(kind), dict[str, str]()
        for field in fields(kind):
            said = ", ".join(filter(None, (meaning, OUTPUTS[field.name])))
            name = _joined(prefix, field.name, nested=bool(prefix))
            flat |= _outputs(hints[field.name], prefix=name, meaning=said)
        return flat
    return {prefix or "result": meaning or OUTPUTS["result"]}


def _joined(prefix: str, part: str, *, nested: bool = False) -> str:
    """The name of a part; a nested result's estimate goes by the name of the result."""
    return prefix if nested and part == "estimate" else "_".join(filter(None, (prefix, part)))


def _method(function: Callable[..., Any]) -> Method:
    parameters = inspect.signature(function).parameters
    return Method(
        name=function.__name__,
        function=function,
        meaning=(function.__doc__ or "").strip().splitlines()[0],
        inputs={
            name: Input(meaning=INPUTS[name], required=parameter.default is parameter.empty)
            for name, parameter in parameters.items()
        },
        outputs=_outputs(get_type_hints(function)["return"]),
    )


METHODS: dict[str, Method] = {
    function.__name__: _method(function)
    for function in (
        proportions.wilson,
        proportions.clopper_pearson,
        proportions.jeffreys,
        proportions.mid_p,
        proportions.clustered_proportion,
        comparisons.newcombe,
        comparisons.newcombe_paired,
        comparisons.relative_risk,
        comparisons.odds_ratio,
        accuracy.sensitivity,
        accuracy.specificity,
        accuracy.ppv,
        accuracy.npv,
        accuracy.ppv_at,
        accuracy.npv_at,
        accuracy.lr_positive,
        accuracy.lr_negative,
        accuracy.diagnostic_odds_ratio,
        accuracy.youden,
        numbers_needed.number_needed_to_diagnose,
        numbers_needed.number_needed_to_harm,
        indeterminates.with_indeterminates,
        discrimination.auc,
        discrimination.auc_difference,
        discrimination.auc_difference_unpaired,
        discrimination.auc_from_histograms,
        partial_area.partial_auc,
        verification.begg_greenes,
        imputation.multiple_imputation,
        verification_bounds.missing_not_at_random_bounds,
        designed_samples.weighted_accuracy,
        designed_samples.weighted_proportion,
        designed_samples.weighted_auc,
        designed_samples.horvitz_thompson,
        imperfect_reference.rogan_gladen,
        imperfect_reference.corrected_accuracy,
        reference_uncertainty.rogan_gladen_uncertain,
        reference_uncertainty.corrected_accuracy_uncertain,
        imperfectly_verified.imperfectly_verified,
        agreement.cohen_kappa,
        agreement.gwet_ac1,
        agreement.fleiss_kappa,
        agreement.overall_agreement,
        agreement.positive_agreement,
        agreement.negative_agreement,
        agreement.mcnemar,
        clustered_pairs.clustered_mcnemar,
        measurement_agreement.bland_altman,
        measurement_agreement.bland_altman_repeated,
        measurement_agreement.lin_ccc,
        intraclass.icc,
        intraclass.repeatability,
        overlap.dice,
        overlap.hausdorff_95,
        readers.obuchowski_rockette,
        readers.single_modality_readers,
        claims.non_inferiority,
        claims.buderer,
        drift.psi,
        drift.jensen_shannon,
        drift.cramers_v,
        drift.total_variation,
        drift.kolmogorov_smirnov,
        drift.wasserstein,
        embedding_drift.kernel_mmd,
        control_charts.xmr,
        control_charts.p_chart,
        control_charts.u_chart,
        making_data_count.making_data_count,
        missingness.missingness,
        funnel.funnel,
        cusum.bernoulli_cusum,
        cusum.bernoulli_cusum_limit,
        cusum.bernoulli_cusum_arl,
        risk_adjusted_cusum.risk_adjusted_cusum,
        estimated_control.estimated_control_limit,
        ewma.ewma,
        ewma.ewma_arl,
        sprt.sprt,
        confidence_sequences.confidence_sequence,
        group_sequential.group_sequential,
        calibration.brier,
        calibration.recalibration,
        calibration.expected_calibration_error,
        reliability.reliability_curve,
        reliability.murphy_decomposition,
        reliability.spiegelhalter_z,
        score_calibration.calibrated_probabilities,
        expected_performance.expected_confusion,
        expected_performance.expected_confusion_calibrated,
        back_test.back_test,
        helper_divergence.helper_divergence,
        rare_events.zero_events_upper,
        rare_events.hypergeometric_upper,
        rare_events.sample_size,
        audit.false_negative_rate_post_stratified,
        audit.false_negative_rate_horvitz_thompson,
        acceptance.acceptance_sampling,
        acceptance.operating_characteristic,
        survival.kaplan_meier,
        survival.kaplan_meier_quantile,
        survival.restricted_mean,
        survival.log_rank,
        screening.programme_sensitivity,
        percentiles.percentile,
        subgroups.subgroup_gap,
        subgroups.partial_pooling,
        case_mix.mantel_haenszel,
        case_mix.breslow_day,
        case_mix.direct_standardisation,
        multiplicity.benjamini_hochberg,
        multiplicity.holm,
    )
}
