"""dispositions from before they were counted

Revision ID: 0026
Revises: 0025

Revision 0003 began to count what became of answered calls, from nothing: the hourly repair then put every campaign's
counts right, as if they had been wrong. A count that is there already stays.
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """INSERT INTO response_counts (campaign_id, response, n)
           SELECT campaign_id, substr('disposition:' || disposition, 1, 64), count(*) FROM attempts
           WHERE campaign_id IS NOT NULL AND disposition IS NOT NULL GROUP BY 1, 2
           ON CONFLICT (campaign_id, response) DO NOTHING"""
    )


def downgrade() -> None:
    """Counts are right for every revision that has the table."""
