"""One page about what reviewed cases taught: reliability before and after as inline SVG, no script, nothing outside."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from matcher.leads.adjustment import BINS, FEWEST_CASES, Learned
from matcher.llr import Language
from matcher.report.html.render import content_security_policy
from matcher.report.reliability import UnitSquare, wilson_interval
from matcher.types import Stratum

_SQUARE = UnitSquare(side=300, margin=48)

_STYLE = (
    "body{margin:0 auto;max-width:62rem;padding:1.5rem;background:#f3f1ea;color:#1b2026;"
    "font:15px/1.6 'Microsoft YaHei','Noto Sans CJK SC',Calibri,sans-serif}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}.cards{display:flex;flex-wrap:wrap;gap:1rem}"
    "figure{margin:0;padding:1rem;background:#fff;border:1px solid #d9d5ca;border-radius:6px}"
    "figcaption{font-weight:650}.note{padding:.6rem 1rem;background:#fdf5e0;border-left:4px solid #d8a21f}"
    "table{border-collapse:collapse;background:#fff;margin-top:1rem}td,th{padding:.2rem .8rem;text-align:right;"
    "border-bottom:1px solid #eae7de;font-variant-numeric:tabular-nums}"
    "@media print{body{background:#fff}}"
)

_WORDS: dict[str, dict[Language, str]] = {
    "title": {"zh": "概率校准报告", "en": "What reviewed cases say about the probabilities"},
    "basis": {
        "zh": "横轴为所报概率，纵轴为实际正确的比例；点落在虚线上即名副其实。竖线为 95% 区间，数字为线索条数。"
        "各类案件分别学习。",
        "en": "Across: the promised probability; upwards: the share that was right. On the dashed line promises are "
        "kept. Bars are 95 % intervals, numbers count leads. Each group of cases is learned from by itself.",
    },
    "fresh": {"zh": "新入站人员", "en": "Fresh arrivals"},
    "long_stayer": {"zh": "长期滞留人员", "en": "Long-stayers"},
    "None": {"zh": "滞留时间不明", "en": "Length of stay not known"},
    "counted": {
        "zh": "依据 {cases} 个已核实案件的 {labels} 条线索。",
        "en": "From {labels} leads of {cases} reviewed cases.",
    },
    "nothing": {"zh": "还没有已核实的案件。", "en": "No case has been reviewed yet."},
    "before": {"zh": "校正前", "en": "Before"},
    "after": {"zh": "校正后（交叉验证）", "en": "After (cross-validated)"},
    "quality": {"zh": "校准误差 ECE {ece}，对数损失 {loss}", "en": "calibration error {ece}, log loss {loss}"},
    "on": {
        "zh": "校正已启用：logit P' = {a:+.3f} + {b:.3f} · logit P。似然比和名次不变。",
        "en": "The correction is in use: logit P' = {a:+.3f} + {b:.3f} logit P. Likelihood ratios and order stay.",
    },
    "too_few": {
        "zh": "未启用：至少需要 {fewest} 个这类已核实案件。",
        "en": "Not in use: {fewest} reviewed cases of this group are needed.",
    },
    "worse": {
        "zh": "未启用：交叉验证表明校正不能改善概率。",
        "en": "Not in use: under cross-validation the correction does not make probabilities more honest.",
    },
    "biased": {
        "zh": "只有经人审阅的线索才计入，名单靠后的线索很少被审阅；校正只在审阅过的概率范围内学习。",
        "en": "Only reviewed leads count, and leads far down a list are seldom reviewed; the correction is learned "
        "within the range that was reviewed and kept constant beyond.",
    },
    "promised": {"zh": "所报概率", "en": "promised"},
    "right": {"zh": "实际正确", "en": "right"},
    "leads": {"zh": "线索数", "en": "leads"},
}


def render_calibration(learned: Mapping[Stratum | None, Learned], language: Language) -> str:
    """Return the page as one HTML document, to be written as UTF-8."""
    text = calibration_words(language)
    sections = "".join(_section(text[str(stratum)], found, text) for stratum, found in learned.items())
    return (
        f'<!doctype html><html lang="{"zh-Hans" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(content_security_policy(_STYLE))}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(text["title"])}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(text['title'])}</h1><p>{escape(text['basis'])}</p>"
        f"{sections or _note(text['nothing'])}<p>{escape(text['biased'])}</p></body></html>\n"
    )


def _section(title: str, learned: Learned, text: Mapping[str, str]) -> str:
    """Lay out one stratum: verdict, then both diagrams with their tables."""
    right = [review.right for review in learned.reviews]
    sides = (
        (text["before"], [review.posterior for review in learned.reviews], learned.before),
        (text["after"], list(learned.held_out), learned.after),
    )
    figures = "".join(
        f"<figure><figcaption>{escape(name)}</figcaption>{diagram(promised, right, (text['promised'], text['right']))}"
        f"<p>{escape(text['quality'].format(ece=_number(quality.ece), loss=_number(quality.log_loss)))}</p>"
        f"{_table(promised, right, text)}</figure>"
        for name, promised, quality in sides
    )
    return (
        f"<h2>{escape(title)}</h2><p>{escape(counted(learned, text))}</p>{_note(verdict(learned, text))}"
        f'<div class="cards">{figures}</div>'
    )


def _note(words: str) -> str:
    return f'<p class="note">{escape(words)}</p>'


def counted(learned: Learned, text: Mapping[str, str]) -> str:
    """Say what was learned from."""
    return text["counted"].format(cases=learned.cases, labels=len(learned.reviews))


def verdict(learned: Learned, text: Mapping[str, str]) -> str:
    """Say whether the correction is in use, and why not."""
    found = learned.adjustment
    if found is not None:
        return text["on"].format(a=found.a, b=found.b)
    return text[learned.verdict].format(fewest=FEWEST_CASES)


def calibration_words(language: Language) -> dict[str, str]:
    """Return the fixed words of the page, by key."""
    return {key: wording[language] for key, wording in _WORDS.items()}


def diagram(promised: Sequence[float], right: Sequence[bool], labels: tuple[str, str]) -> str:
    """Draw a reliability diagram over ten equal bins as SVG with presentation attributes."""
    size = _SQUARE.side + 2 * _SQUARE.margin
    parts = [
        f'<svg viewBox="0 0 {size} {size}" width="{size}" height="{size}" role="img" font-size="11" fill="#454d57">',
        _SQUARE.line((0, 0), (1, 1), 'stroke="#9aa0a6" stroke-dasharray="4 3"'),
        _SQUARE.line((0, 0), (1, 0), 'stroke="#1b2026"'),
        _SQUARE.line((0, 0), (0, 1), 'stroke="#1b2026"'),
        _SQUARE.text(0.5, 0.0, labels[0], 'dy="36" text-anchor="middle"'),
        _SQUARE.text(0.0, 1.0, labels[1], 'dx="-36" dy="-12"'),
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_SQUARE.text(tick, 0.0, f"{tick:g}", 'dy="18" text-anchor="middle"'))
        parts.append(_SQUARE.text(0.0, tick, f"{tick:g}", 'dx="-7" dy="4" text-anchor="end"'))
    for mean, share, count in _bins(promised, right):
        low, high = wilson_interval(round(share * count), count)
        parts.append(_SQUARE.line((mean, low), (mean, high), 'stroke="#12607d"'))
        x, y = _SQUARE.place(mean, share)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#12607d"/>')
        parts.append(_SQUARE.text(mean, share, str(count), 'dx="8" dy="-6"'))
    return "".join([*parts, "</svg>"])


def _bins(promised: Sequence[float], right: Sequence[bool]) -> Iterator[tuple[float, float, int]]:
    """Yield mean promise, share right and count of every bin that is not empty."""
    cells: dict[int, list[tuple[float, bool]]] = {}
    for value, outcome in zip(promised, right, strict=True):
        cells.setdefault(min(int(value * BINS), BINS - 1), []).append((value, outcome))
    for _, items in sorted(cells.items()):
        yield sum(value for value, _ in items) / len(items), sum(ok for _, ok in items) / len(items), len(items)


def _table(promised: Sequence[float], right: Sequence[bool], text: Mapping[str, str]) -> str:
    head = "".join(f"<th>{escape(text[key])}</th>" for key in ("promised", "right", "leads"))
    rows = "".join(
        f"<tr><td>{mean:.3f}</td><td>{share:.3f}</td><td>{count}</td></tr>"
        for mean, share, count in _bins(promised, right)
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
