from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.generic import RedirectView

from interviews.views import answers, applicants, hr, media, uploads

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
    path("hr-dashboard/", RedirectView.as_view(pattern_name="results"), name="hr"),
    path(
        "hr-dashboard/sign-in/",
        LoginView.as_view(template_name="hr/sign_in.html", redirect_authenticated_user=True),
        name="sign-in",
    ),
    path("hr-dashboard/sign-out/", LogoutView.as_view(), name="sign-out"),
    path("hr-dashboard/results/", hr.results, name="results"),
    path("hr-dashboard/results/<uuid:interview_id>/review/", hr.review, name="review"),
    path(
        "hr-dashboard/results/<uuid:interview_id>/takes/<uuid:take_id>/media/",
        media.review_media,
        name="review-media",
    ),
]
