"""Four eyes: the second officer's decision."""

from __future__ import annotations

from walras.service.commands import ApproveProposal, RejectProposal
from walras.service.dispatch import Answer, carry_out, handles
from walras.service.store import proposals
from walras.service.work import Work, refuse


@handles(ApproveProposal)
def approve(work: Work, command: ApproveProposal) -> Answer:
    """Carry out a proposal in this transaction; whoever proposed it may not."""
    found = proposals.waiting(work, command.proposal)
    if found.proposed_by == work.actor.user:
        where = f"proposal {command.proposal}"
        raise refuse("you proposed this yourself", where, "four_eyes", "Ask another officer to approve it.")
    proposals.decide(work, command.proposal, "approved")
    answer = carry_out(work, proposals.command_of(found))
    return {"proposal": command.proposal, "state": "approved", "answer": answer}


@handles(RejectProposal)
def reject(work: Work, command: RejectProposal) -> Answer:
    """Turn a proposal down; its own officer may take it back."""
    proposals.waiting(work, command.proposal)
    proposals.decide(work, command.proposal, "rejected", command.reason)
    return {"proposal": command.proposal, "state": "rejected"}
