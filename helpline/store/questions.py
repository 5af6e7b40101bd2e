"""Questions of the card, asked by a counsellor and answered by key."""

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import questions


def ask(tx: Tx, contact_id: str, worker_id: str, question: str) -> None:
    tx.execute(
        questions.insert(),
        {"id": tx.new_id(), "contact_id": contact_id, "question": question, "asked_at": tx.now, "asked_by": worker_id},
    )


def answer(tx: Tx, contact_id: str, question: str, answer: str) -> None:
    """The newest question of this name that is still open gets ``answer``; a late one changes nothing."""
    newest = (
        sa.select(sa.func.max(questions.c.id))
        .where(questions.c.contact_id == contact_id, questions.c.question == question, questions.c.answer.is_(None))
        .scalar_subquery()
    )
    tx.execute(questions.update().where(questions.c.id == newest).values(answer=answer, answered_at=tx.now))
    tx.hint("contact", contact_id)
