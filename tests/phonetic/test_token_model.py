"""One token against true characters: the loops agree with what is spelt out in full, and means are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.phonetic.emission import Role, Token
from matcher.phonetic.name_table import name_table_of
from matcher.phonetic.population import default_model
from matcher.phonetic.slots import Slot, build_slot
from matcher.phonetic.token_model import mean_by_hearing, token_values, token_values_compiled
from matcher.phonetic.written import understand

TOKENS = (
    Token("江"),
    Token("解"),
    Token("□"),
    Token("𪚥"),
    *understand("wáng shan").forms[0].tokens,
    *understand("Wong Tai-man").forms[0].tokens[:2],
)
ROLES: tuple[Role, ...] = ("surname", "given", "syllable")


def slots() -> list[Slot]:
    table = name_table_of(["王山江", "欧阳重芝", "解兴□", "傅𪚥", "wang shanjiang", "王江(音)", "biang wang"])
    return [table.surname_slot, table.given_slot, build_slot("syllable", ("阿", "江", "~jiang", "~lo"))]


@pytest.mark.parametrize("sound_only", [True, False])
@pytest.mark.parametrize("token", TOKENS, ids=str)
def test_values_equal_their_readable_twin(token: Token, sound_only: bool) -> None:
    model = default_model()
    for slot in slots():
        tabulated, role = model.token(token, slot.role, sound_only=sound_only), model.roles[slot.role]
        slow, fast = token_values(tabulated, slot, role), token_values_compiled(tabulated, slot, role)
        np.testing.assert_allclose(fast, slow, rtol=1e-12)
        assert (slow > 0.0).all()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("token", TOKENS, ids=str)
def test_means_by_hearing_equal_the_sum_over_all_sounds(token: Token, role: Role) -> None:
    model = default_model()
    heard = model.token(token, role, sound_only=False).heard
    assert (heard is None) == (token.character == "□")
    if heard is not None:
        for part in (model.roles[role].everybody, *model.roles[role].strata):
            slow = np.tensordot(part.sounding, heard.columns(), axes=2)
            np.testing.assert_allclose(mean_by_hearing(heard, part), slow, rtol=1e-12, atol=1e-300)


def test_values_are_kept_as_long_as_their_slot() -> None:
    model, token = default_model(), TOKENS[0]
    slot = build_slot("given", "江山")
    assert model.values(token, slot, sound_only=False) is model.values(token, slot, sound_only=False)
    assert not model.values(token, slot, sound_only=False).flags.writeable
