"""Every act of the door can be worked in the console, and is refused in place."""

from nicegui import ui
from sqlalchemy import func, select
from tests.service.console.walking import fill, named, until

from walras.service.store.schema import users


def test_a_form_shows_each_mistake_at_its_field_and_keeps_what_was_typed(two_states):
    async def steps(user):
        await user.open("/acts/schedule-session")
        with user:
            fields = named(user, ui.input)
            fields["Market"].value = "no such"
            fields["Delivery day"].value = "not a day"
        user.find(marker="send-schedule-session").click()
        await user.should_see("Mistakes: 2")
        await user.should_see("market")
        with user:
            assert fields["Market"].error
            assert fields["Delivery day"].error
            assert fields["Market"].value == "no such"

    two_states.walk(two_states.who("Operator"), steps)


def test_a_critical_act_waits_for_a_second_officer(two_states):
    async def steps(user):
        await user.open("/acts/suspend-company?company=M-0005&reason=a%20test")
        user.find(marker="send-suspend-company").click()
        await user.should_see("Done.")

    two_states.walk(two_states.who("Operator"), steps)


def test_a_member_is_not_offered_what_only_operators_do(two_states):
    async def steps(user):
        await user.open("/acts")
        await user.should_see("Withdraw orders")
        await user.should_not_see("Suspend company")
        await user.open("/acts/suspend-company")
        await user.should_see("There is no such act for your role.")

    two_states.walk(two_states.who("BY industry"), steps)


def test_two_presses_do_it_once_until_a_value_changes(two_states):
    def count():
        with two_states.service.store.read() as connection:
            return connection.execute(select(func.count()).select_from(users)).scalar_one()

    async def steps(user):
        company, before = two_states.who("BY industry").company, count()
        await user.open(f"/acts/add-user?company={company}&name=Bob&email=bob@example.org")
        user.find(marker="send-add-user").click()
        await user.should_see("Done.")
        user.find(marker="send-add-user").click()
        await user.should_see("This is done.")
        assert count() == before + 1
        await fill(user, "Name", "Eve")
        user.find(marker="send-add-user").click()
        await until(lambda: count() == before + 2)

    two_states.walk(two_states.who("Operator"), steps)


def test_a_number_of_too_many_digits_is_refused_at_its_field(two_states):
    async def steps(user):
        await user.open("/acts/set-rights?company=M-0005&market=two-states")
        await fill(user, "Products", "BY electricity")
        await fill(user, "Most orders (optional)", "9" * 5000)
        user.find(marker="send-set-rights").click()
        await user.should_see("Mistakes: ")
        assert named(user, ui.input)["Most orders (optional)"].error

    two_states.walk(two_states.who("Operator"), steps)
