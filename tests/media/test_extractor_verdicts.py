"""The table of failures, fed with messages in yt-dlp's manner: every kind, and what it is not."""

import pytest

from media.errors import MediaError, MediaFailure
from media.extractor.failures import FailureKind
from media.extractor.verdicts import judge, judge_denial
from media.extractor.wire import Trouble

NO_RUNTIME = "[youtube] No supported JavaScript runtime could be found. Only deno is enabled by default"
UNSOLVED = "[youtube] abc: n challenge solving failed: Some formats may be missing."
REPORT = "; please report this issue on  <link> , filling out the appropriate issue template."


def trouble(
    message: str,
    *errors: str,
    status: int | None = None,
    expected: bool = True,
    warnings: tuple[str, ...] = (),
) -> Trouble:
    return Trouble(job=1, message=message, errors=errors, status=status, expected=expected, warnings=warnings)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            FailureKind.BOT_CHECK,
            "[youtube] a: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies",
        ),
        (FailureKind.BOT_CHECK, "[youtube] a: Please sign in. YouTube is requiring a captcha challenge"),
        (
            FailureKind.BOT_CHECK,
            "All player responses are invalid. Your IP is likely being blocked by Youtube",
        ),
        (
            FailureKind.RATE_LIMIT,
            "[youtube] a: Video unavailable. This content isn't available, try again later. The current",
        ),
        (FailureKind.RATE_LIMIT, "[soundcloud] a: HTTP Error 429: Too Many Requests"),
        (
            FailureKind.AGE,
            "[youtube] a: Sign in to confirm your age. This video may be inappropriate for some users.",
        ),
        (FailureKind.NOT_STARTED, "[youtube] a: This live event will begin in 3 hours."),
        (FailureKind.NOT_STARTED, "[youtube] a: Premieres in 20 minutes"),
        (FailureKind.NOT_STARTED, "[twitch:stream] a: The channel is not currently live"),
        (
            FailureKind.PRIVATE,
            "[youtube] a: Private video. Sign in if you've been granted access to this video. Use --cookies",
        ),
        (FailureKind.PRIVATE, "[vimeo] a: This video is private"),
        (
            FailureKind.REGION,
            "[youtube] a: Video unavailable. The uploader has not made this video available in your country",
        ),
        (
            FailureKind.REGION,
            "[zdf] a: This video is not available from your location due to geo restriction",
        ),
        (
            FailureKind.LOGIN,
            "[youtube] a: Join this channel to get access to members-only content like this video",
        ),
        (
            FailureKind.LOGIN,
            "[nebula] a: This video is only available for registered users. Use --cookies",
        ),
        (FailureKind.DRM, "[spotify] a: This video is DRM protected"),
        (FailureKind.REMOVED, "[youtube] a: Video unavailable. This video has been removed by the uploader"),
        (
            FailureKind.REMOVED,
            "[youtube] a: This video is no longer available because the account has been terminated.",
        ),
        (FailureKind.REMOVED, "[youtube] a: Video unavailable"),
        (FailureKind.REMOVED, "[generic] a: Unable to download webpage: HTTP Error 404: Not Found"),
        (FailureKind.REMOVED, "[youtube:tab] a: The playlist does not exist."),
        (FailureKind.UNSUPPORTED, "Unsupported URL: <link>"),
        (FailureKind.UNSUPPORTED, "[Piracy] This website is no longer supported since it is for piracy"),
    ],
)
def test_words_are_understood(kind: FailureKind, message: str) -> None:
    assert judge(trouble(f"ERROR: {message}")) is kind
    assert judge(trouble(f"ERROR: {message}".upper())) is kind


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FailureKind.LOGIN, 401),
        (FailureKind.MEDIA_REFUSED, 403),
        (FailureKind.REMOVED, 410),
        (FailureKind.RATE_LIMIT, 429),
        (FailureKind.REGION, 451),
        (FailureKind.NETWORK, 502),
    ],
)
def test_status_speaks_where_words_do_not(kind: FailureKind, status: int) -> None:
    assert judge(trouble("Unable to download API page", "DownloadError", "HTTPError", status=status)) is kind


@pytest.mark.parametrize(
    ("kind", "message", "errors", "expected"),
    [
        (FailureKind.OUTDATED, "Unable to extract player" + REPORT, ("RegexNotFoundError",), False),
        (FailureKind.OUTDATED, "An extractor error has occurred." + REPORT, ("ExtractorError",), False),
        (FailureKind.OUTDATED, "'NoneType' object is not subscriptable", ("TypeError",), False),
        (FailureKind.NETWORK, "[youtube] a: timed out", ("TransportError", "TimeoutError"), True),
        (FailureKind.NETWORK, "Connection reset by peer", ("TransportError",), True),
        (FailureKind.NETWORK, "certificate verify failed", ("CertificateVerifyError",), True),
        (FailureKind.NETWORK, "Unable to download webpage: connection refused", (), True),
        (FailureKind.REGION, "not here", ("GeoRestrictedError",), True),
        (FailureKind.NOT_STARTED, "nobody is there", ("UserNotLive",), True),
        (FailureKind.UNKNOWN, "The moon is in the wrong house", ("ExtractorError",), True),
    ],
)
def test_classes_speak_last(kind: FailureKind, message: str, errors: tuple[str, ...], expected: bool) -> None:
    assert judge(trouble(message, "DownloadError", *errors, expected=expected)) is kind


@pytest.mark.parametrize(
    ("kind", "warnings", "expected"),
    [
        (FailureKind.RUNTIME_MISSING, (NO_RUNTIME, UNSOLVED), True),
        (FailureKind.OUTDATED, (UNSOLVED,), True),
        (FailureKind.OUTDATED, (), False),
        (FailureKind.NO_SOUND, (), True),
    ],
)
@pytest.mark.parametrize("message", ["Requested format is not available", "No video formats found!"])
def test_missing_formats_are_explained_by_what_was_warned_of(
    kind: FailureKind, warnings: tuple[str, ...], expected: bool, message: str
) -> None:
    assert judge(trouble(message, warnings=warnings, expected=expected)) is kind


def test_missing_runtime_is_not_blamed_for_a_private_video() -> None:
    assert judge(trouble("Private video", warnings=(NO_RUNTIME,))) is FailureKind.PRIVATE


def test_list_is_no_failure_of_the_site() -> None:
    assert judge(Trouble(job=1, is_list=True, message="whatever")) is FailureKind.IS_LIST


@pytest.mark.parametrize(
    ("kind", "denial", "verdict"),
    [
        (FailureKind.MEDIA_REFUSED, MediaFailure.PRIVATE_ADDRESS, FailureKind.PRIVATE_ADDRESS),
        (FailureKind.NETWORK, MediaFailure.TOO_LARGE, FailureKind.TOO_LARGE),
        (FailureKind.OUTDATED, MediaFailure.UNKNOWN_HOST, FailureKind.NETWORK),
        (FailureKind.PRIVATE, MediaFailure.PRIVATE_ADDRESS, FailureKind.PRIVATE),
        (FailureKind.BOT_CHECK, MediaFailure.TIMEOUT, FailureKind.BOT_CHECK),
        (FailureKind.NETWORK, None, FailureKind.NETWORK),
    ],
)
def test_guard_explains_broken_connections_and_nothing_else(
    kind: FailureKind, denial: MediaFailure | None, verdict: FailureKind
) -> None:
    error = None if denial is None else MediaError(kind=denial)
    assert judge_denial(kind, error) is verdict
