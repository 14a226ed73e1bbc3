"""Loading a list: its forms, what is left of a load that was killed, and what the swap refuses."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.engine.imports import lists as list_load
from campaign_app.queries import lists as list_queries
from campaign_app.services import lists as list_service
from tests.engine.world import World, phones
from tests.support.lists import Lists


@pytest.fixture
def lists(world: World, tmp_path: Path) -> Lists:
    return Lists(world.db, world.clock, tmp_path / "uploads")


@pytest.mark.parametrize(
    "content",
    [
        "+12125550142\n+13125550143\n",
        "2125550142\n3125550143\n",
        "12125550142\r\n13125550143\r\n",
        "212,5550142\n312,5550143\n",
        "area_code,number\n212,5550142\n312,5550143\n",
        "Name;Phone;Since\nAnn;(212) 555-0142;2020-01-01\nBo;312.555.0143;2021-01-01\n",
        '"212","5550142"\n"312","5550143"\n"212","5550142"\n',
    ],
)
def test_numbers_come_in_many_forms(world: World, lists: Lists, content: str) -> None:
    list_id = lists.new("US registry", content, kind="registry", countries=["US"])
    assert world.sql("SELECT phone FROM list_numbers ORDER BY phone") == [(12125550142,), (13125550143,)]
    assert lists.view(list_id).rule.numbers == 2


def test_a_large_file_in_any_order_is_kept_once_and_sorted(
    world: World, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    from campaign_app.uploads import list_numbers

    monkeypatch.setattr(list_numbers, "RUN_NUMBERS", 3_000)
    monkeypatch.setattr(list_numbers, "CHUNK_ROWS", 500)
    rng = random.Random(4)
    numbers = {f"+1206{rng.randrange(2_000_000, 9_999_999)}" for _ in range(20_000)}
    rows = [*numbers, *rng.sample(sorted(numbers), 500)]
    rng.shuffle(rows)
    item = lists.load(lists.add(), rows)
    assert item.accepted == len(numbers)
    found = [f"+{phone}" for (phone,) in world.sql("SELECT phone FROM list_numbers ORDER BY phone")]
    assert found == sorted(numbers)


def test_killed_in_the_middle_the_old_version_stays_and_the_half_one_leaves(
    world: World, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process is gone: nothing is tidied up."""

    numbers = phones(100)
    list_id = lists.new("Litigators", numbers[:10])
    import_id = lists.accept(list_id, numbers)
    monkeypatch.setattr(list_load, "SLICE", {"sqlite": 20, "postgresql": 20})
    real, slices = list_queries.insert_numbers, []

    def insert(connection: object, version_id: int, piece: list[int]) -> None:
        if len(slices) == 3:
            raise Killed
        slices.append(piece)
        real(connection, version_id, piece)  # type: ignore[arg-type]

    monkeypatch.setattr(list_queries, "insert_numbers", insert)
    with pytest.raises(Killed):
        lists.work()
    assert world.sql("SELECT count(*) FROM list_numbers") == [(70,)]
    assert lists.view(list_id).rule.numbers == 10
    lists.upkeep()  # it may still live
    assert world.sql("SELECT count(*) FROM list_numbers") == [(70,)]
    monkeypatch.setattr(list_queries, "insert_numbers", real)
    world.clock.move(60)
    assert lists.work()
    assert lists.get_import(import_id).status == "completed"
    assert lists.view(list_id).rule.numbers == 100
    assert [each.state for each in lists.versions(list_id)] == ["current", "loading", "replaced"]
    lists.upkeep()
    assert [each.state for each in lists.versions(list_id)] == ["current", "failed", "replaced"]
    assert world.sql("SELECT count(*) FROM list_numbers") == [(100,)]


def test_killed_before_the_swap_the_load_is_not_done_again(
    world: World, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = phones(20)
    campaign_id = world.campaign(numbers, start=False)
    list_id = lists.new("Litigators", numbers[:10])
    import_id = lists.accept(list_id, numbers)

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(list_load, "swap_version", kill)
    with pytest.raises(Killed):
        lists.work()
    assert lists.view(list_id).rule.numbers == 10
    monkeypatch.undo()
    world.clock.move(60)
    assert lists.work()
    assert lists.get_import(import_id).status == "completed"
    assert [each.state for each in lists.versions(list_id)] == ["current", "replaced"]
    assert world.contacts(campaign_id) == {"suppressed": 20}


def test_a_swap_against_a_version_that_has_changed_is_refused_and_gives_people_back(
    world: World, lists: Lists
) -> None:
    numbers = phones(4)
    campaign_id = world.campaign(numbers, start=False)
    list_id = lists.new("Litigators", numbers[:1])
    waiting = lists.load(list_id, numbers[:2], dry_run=True)
    with world.session() as session, pytest.raises(StateConflict, match="not finished"):
        list_service.refuse_if_open_upload(session, list_id)
    other = lists.accept(list_id, [numbers[0], numbers[3]])  # the service of pages and API would refuse it
    assert lists.work()
    assert lists.get_import(other).status == "completed"
    assert lists.commit(waiting.id).status == "failed"
    lists.upkeep()
    assert {phone for phone in numbers if world.contact(phone).status == "suppressed"} == {
        numbers[0],
        numbers[3],
    }
    assert world.contacts(campaign_id) == {"suppressed": 2, "pending": 2}


def test_a_file_for_a_deleted_list_fails(world: World, lists: Lists) -> None:
    list_id = lists.add()
    import_id = lists.accept(list_id, phones(2))
    lists.delete(list_id)
    assert lists.work()
    item = lists.get_import(import_id)
    assert (item.status, item.error) == ("failed", "The list was deleted while its file was being read.")
    lists.upkeep()
    assert world.sql("SELECT count(*) FROM list_numbers") == [(0,)]


def test_a_file_of_other_columns_leaves_no_trace(world: World, lists: Lists) -> None:
    list_id = lists.add()
    with pytest.raises(InvalidInput) as refused:
        lists.accept(list_id, "name,city\nAnn,Paris\n")
    [error] = refused.value.errors
    assert error.field == "file"
    assert "“name”, “city”" in error.message
    assert world.sql("SELECT count(*) FROM imports") == [(0,)]
    assert world.sql("SELECT count(*) FROM list_versions") == [(0,)]
    assert not list(lists.folder.glob("*"))


@pytest.mark.spoils
def test_flask_check_finds_a_call_to_a_listed_number(world: World, lists: Lists) -> None:
    numbers = phones(2)
    campaign_id = world.campaign(numbers)
    world.tick()
    list_id = lists.new("Litigators", numbers[:1])
    assert world.broken() == {}  # it was called before
    version_at = lists.in_force_at(list_id)
    world.clock.move(5)
    world.sql(
        "UPDATE attempts SET dialing_at = :at WHERE phone = :phone",
        at=world.clock.now() if world.db.dialect.name != "sqlite" else "2026-11-20 15:00:05.000000",
        phone=numbers[0],
    )
    assert version_at < world.clock.now()
    [found] = [each for rows in world.broken().values() for each in rows if "on the list" in each]
    assert "on the list Litigators" in found
    assert campaign_id
