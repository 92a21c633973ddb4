"""What services say of images, and what a user should do."""

import pytest

from azchat.wire.status import Destination, http_error


def told(message: str, status: int = 400) -> tuple[str, str]:
    body = b'{"error": {"message": "%s"}}' % message.encode()
    error = http_error(status, {}, body, destination=Destination("a.test"))
    return error.what, error.hint


@pytest.mark.parametrize(
    "message",
    [
        "At most 1 image(s) may be provided in one request.",
        "At most 1 image(s) may be provided in one prompt.",
        "this model only supports one image per message",
        "vision model only supports a single image per message",
        "The model does not accept more than 1 images per prompt",
        "Too many images in the request",
        "Multiple images are not supported",
    ],
)
def test_a_model_that_takes_one_image_is_explained(message: str) -> None:
    what, hint = told(message)
    assert what.startswith("the model takes one image at a time (HTTP 400): ")
    assert "--last-image-only" in hint


@pytest.mark.parametrize(
    "message",
    [
        "This model does not support image input",
        "deepseek-r1 is not a multimodal model",
        "unknown variant `image_url`, expected `text`",
        "image_url is not supported by this model",
        "images are not supported",
    ],
)
def test_a_model_that_takes_no_image_is_explained(message: str) -> None:
    what, hint = told(message, 422)
    assert what.startswith("the model takes no images (HTTP 422): ")
    assert "-m NAME" in hint


@pytest.mark.parametrize(
    "message",
    ["Invalid image data", "The image type image/heic is not supported", "temperature is too high"],
)
def test_another_refusal_is_told_as_ever(message: str) -> None:
    assert told(message)[0].startswith("the service refused the request")
