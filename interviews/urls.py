from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.generic import RedirectView

from interviews.views import (
    answers,
    applicants,
    hr,
    invitations,
    media,
    needs,
    prompts,
    receipts,
    reviewing,
    uplink,
    uploads,
)

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="results"), name="home"),
    path("interview/<uuid:interview_id>/", applicants.interview, name="interview"),
    path("interview/<uuid:interview_id>/open/", applicants.open_link, name="interview-open"),
    path("interview/<uuid:interview_id>/consent/", applicants.consent, name="interview-consent"),
    path("interview/<uuid:interview_id>/submit/", applicants.submit, name="interview-submit"),
    path("interview/<uuid:interview_id>/uploads/", uploads.uploads, name="uploads"),
    path("interview/<uuid:interview_id>/uploads/<uuid:segment_id>/", uploads.upload, name="upload"),
    path("interview/<uuid:interview_id>/takes/<uuid:take_id>/claim/", uploads.claim, name="take-claim"),
    path("interview/<uuid:interview_id>/takes/<uuid:take_id>/finish/", uploads.finish, name="take-finish"),
    path("interview/<uuid:interview_id>/takes/<uuid:take_id>/choose/", answers.choose, name="take-choose"),
    path("interview/<uuid:interview_id>/takes/<uuid:take_id>/media/", media.own_media, name="take-media"),
    path("interview/<uuid:interview_id>/questions/<int:question_id>/prompt/", prompts.prompt, name="prompt"),
    path("interview/<uuid:interview_id>/questions/<int:question_id>/captions/", prompts.captions, name="captions"),
    path("interview/<uuid:interview_id>/practice/end/", answers.practice_end, name="practice-end"),
    path("interview/<uuid:interview_id>/texts/<int:question_id>/", answers.text, name="text"),
    path("interview/<uuid:interview_id>/texts/<int:question_id>/keep/", answers.keep_text, name="text-keep"),
    path("interview/<uuid:interview_id>/needs/", needs.needs, name="needs"),
    path("interview/<uuid:interview_id>/needs/time/", needs.ask_for_time, name="ask-for-time"),
    path("interview/<uuid:interview_id>/needs/conditions/", needs.ask_for_accommodation, name="ask-for-accommodation"),
    path("interview/<uuid:interview_id>/receipt.txt", receipts.download, name="interview-receipt"),
    path("interview/<uuid:interview_id>/withdraw/", receipts.withdraw, name="interview-withdraw"),
    path("uplink/", uplink.uplink, name="uplink"),
    path("hr-dashboard/", RedirectView.as_view(pattern_name="results"), name="hr"),
    path(
        "hr-dashboard/sign-in/",
        LoginView.as_view(template_name="hr/sign_in.html", redirect_authenticated_user=True),
        name="sign-in",
    ),
    path("hr-dashboard/sign-out/", LogoutView.as_view(), name="sign-out"),
    path("hr-dashboard/results/", hr.results, name="results"),
    path("hr-dashboard/results/<uuid:interview_id>/review/", reviewing.review, name="review"),
    path("hr-dashboard/results/<uuid:interview_id>/review/rate/", reviewing.rate, name="rate"),
    path("hr-dashboard/results/<uuid:interview_id>/review/done/", reviewing.finish, name="review-done"),
    path("hr-dashboard/results/<uuid:interview_id>/decide/", reviewing.decide, name="decide"),
    path("hr-dashboard/results/<uuid:interview_id>/extension/", needs.extension, name="extension"),
    path("hr-dashboard/accommodations/", needs.accommodations, name="accommodations"),
    path("hr-dashboard/accommodations/<uuid:interview_id>/", needs.accommodate, name="accommodate"),
    path("hr-dashboard/invitations/", invitations.positions, name="invitations"),
    path("hr-dashboard/invitations/<int:position_id>/", invitations.listed, name="position-invitations"),
    path("hr-dashboard/invitations/<int:position_id>/<uuid:interview_id>/", invitations.one, name="invitation"),
    path("hr-dashboard/invitations/<int:position_id>/invite/", invitations.invite, name="invite"),
    path("hr-dashboard/invitations/<int:position_id>/act/", invitations.act, name="invitation-act"),
    path(
        "hr-dashboard/results/<uuid:interview_id>/takes/<uuid:take_id>/originals/<int:number>/",
        media.review_original,
        name="review-original",
    ),
    path(
        "hr-dashboard/results/<uuid:interview_id>/takes/<uuid:take_id>/playable/<uuid:version>/",
        media.review_playable,
        name="review-playable",
    ),
    path(
        "hr-dashboard/results/<uuid:interview_id>/takes/<uuid:take_id>/poster/<uuid:version>/",
        media.review_poster,
        name="review-poster",
    ),
]
