"""An objection that is being typed outlives the window in which it could be raised."""

from tests.service.console.test_results import FLEET, SESSION, preliminary


def test_an_objection_that_is_being_typed_stays_on_the_page_when_the_window_closes(changed_states):
    preliminary(changed_states)

    async def steps(user):
        await user.open(f"/results/{SESSION}")
        await user.should_see("You may object for another")
        user.find("Text").type("The price of MTU 7")
        user.find(marker="time-to-object").trigger("over")
        await user.should_see("The window is closed: no objection is taken any more. What you typed stays here.")
        with user:
            assert next(iter(user.find("Text").elements)).value == "The price of MTU 7"
            assert not next(iter(user.find(marker="send-raise-objection").elements)).enabled

    changed_states.walk(changed_states.who(FLEET), steps)


def test_a_form_in_which_nothing_was_typed_goes_with_its_window(changed_states):
    preliminary(changed_states)

    async def steps(user):
        await user.open(f"/results/{SESSION}")
        await user.should_see(marker="send-raise-objection")
        user.find(marker="time-to-object").trigger("over")
        await user.should_not_see(marker="send-raise-objection")

    changed_states.walk(changed_states.who(FLEET), steps)
