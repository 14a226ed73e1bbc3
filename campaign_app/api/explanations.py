"""Explanations: the preflight of a campaign, and the reasons why a person is not called now."""

from __future__ import annotations

from flask import Response

from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.numbers import hide_from_viewers
from campaign_app.http.signed import sign_now
from campaign_app.models import Role
from campaign_app.services import campaigns, contacts, explanations, preflight
from campaign_app.services.message_preview import group_unreadable_of_waiting, unreadable_to_api
from campaign_app.services.past_answers import answer_past, answer_to_api, parse_past_instant
from campaign_app.services.start_checks import list_lacking_variables

from .operations import api_operation, respond_json
from .reading import query_as
from .schemas.explanations import Preflight, WhyAnswer, WhyContact, WhyQuery


@api_operation(
    "GET",
    "/campaigns/<id:campaign_id>/preflight",
    Role.VIEWER,
    tag="campaigns",
    response_models={200: Preflight},
    errors=(404,),
    name="campaign_preflight",
)
def get_preflight(campaign_id: int) -> Response:
    """Who would be called now, who later and when, and who never, by the rules that the calls themselves follow."""
    campaign = campaigns.get_campaign(db.session(), campaign_id)
    result = preflight.compute_preflight(db.session(), campaign, now())
    lacking = list_lacking_variables(db.session(), campaign)
    unreadable = group_unreadable_of_waiting(db.session(), campaign.id, campaign.message)
    values = hide_from_viewers(unreadable_to_api(unreadable), written=True)
    return respond_json({**preflight.preflight_to_api(result, lacking), "unreadable": values})


@api_operation(
    "GET",
    "/contacts/<id:contact_id>/why",
    Role.VIEWER,
    tag="contacts",
    response_models={200: WhyContact},
    errors=(404,),
    name="explain_contact",
)
def explain_contact(contact_id: int) -> Response:
    """Every reason why this contact is not called now, with the time when each ends."""
    contact = contacts.get_contact(db.session(), contact_id)
    return respond_json(
        explanations.answer_to_api(explanations.explain_contact(db.session(), contact, now()))
    )


@api_operation(
    "GET",
    "/why",
    Role.VIEWER,
    tag="contacts",
    query=WhyQuery,
    response_models={200: WhyAnswer},
    name="explain_number",
)
def explain_number() -> Response:
    """The same for every contact that has a number, over all campaigns, and for a single call to it; with `at`, why it
    was called, or not, in that minute, signed."""
    query, at = query_as(WhyQuery), now()
    if query.at is not None:
        phone, past = explanations.parse_whole_number(query.phone, None), parse_past_instant(query.at, at)
        return respond_json(
            sign_now(hide_from_viewers(answer_to_api(answer_past(db.session(), phone, past, at))))
        )
    phone, answers = explanations.explain_number(db.session(), query.phone, at)
    single_call = explanations.explain_single_call(db.session(), phone, at)
    return respond_json(
        {
            "phone": phone,
            "contacts": explanations.answers_to_api(answers),
            "single_call": explanations.single_call_to_api(single_call),
        }
    )
