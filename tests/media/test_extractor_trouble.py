"""Errors taken apart: whatever is inside is found, and no address gets out."""

from media.extractor.failures import FailureKind
from media.extractor.trouble import causes, to_trouble, without_links
from media.extractor.verdicts import judge


class ExtractorError(Exception):
    def __init__(self, message: str, *, cause: Exception | None = None, expected: bool = True) -> None:
        super().__init__(message)
        self.cause = cause
        self.expected = expected


class HTTPError(Exception):
    status = 403


class DownloadError(Exception):
    def __init__(self, message: str, inner: Exception) -> None:
        super().__init__(message)
        self.exc_info = (type(inner), inner, None)


class GeoRestrictedError(ExtractorError):
    """As yt-dlp's."""


def test_innermost_status_and_outermost_expectation_count() -> None:
    inner = ExtractorError("page", cause=HTTPError("no"), expected=True)
    trouble = to_trouble(7, DownloadError("ERROR: see https://x.test/?sig=secret now", inner), ["w"])
    assert trouble.job == 7
    assert trouble.errors == ("DownloadError", "ExtractorError", "HTTPError")
    assert (trouble.status, trouble.expected, trouble.warnings) == (403, True, ("w",))
    assert trouble.message == "ERROR: see <link> now"
    assert judge(trouble) is FailureKind.MEDIA_REFUSED


def test_message_is_one_line_without_the_request_to_report_it() -> None:
    said = (
        "ERROR: [youtube] a: Unable to extract\n  initial data; please report this issue on  "
        "https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the appropriate issue template. "
        "Confirm you are on the latest version using  yt-dlp -U"
    )
    trouble = to_trouble(1, DownloadError(said, ExtractorError("page", expected=False)), [])
    assert trouble.message == "ERROR: [youtube] a: Unable to extract initial data"
    assert judge(trouble) is FailureKind.OUTDATED


def test_error_of_no_class_of_ytdlps_is_a_fault_of_a_site_module() -> None:
    trouble = to_trouble(1, IndexError("list index out of range"), [])
    assert not trouble.expected
    assert judge(trouble) is FailureKind.OUTDATED


def test_class_tells_where_words_do_not() -> None:
    error = DownloadError("ERROR: sorry", GeoRestrictedError("sorry"))
    assert judge(to_trouble(1, error, [])) is FailureKind.REGION


def test_errors_that_cause_each_other_do_not_go_on_for_ever() -> None:
    first, second = ExtractorError("a"), ExtractorError("b")
    first.cause, second.cause = second, first
    assert causes(first) == [first, second]


def test_long_messages_are_cut() -> None:
    assert len(without_links("x" * 10_000)) == 1000
