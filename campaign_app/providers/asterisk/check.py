"""Asterisk check: reach, sign in, may it do what calls need, can it play a sound of ours; nobody is called."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

from campaign_app.clock import Clock
from campaign_app.domain.script import PlayRecording, Segment
from campaign_app.domain.trunk_check import CheckStep, StepName, StepState, complete_steps
from campaign_app.providers.asterisk.account import AsteriskAccount
from campaign_app.providers.asterisk.ari import AriClient
from campaign_app.providers.asterisk.sound_trial import PermissionMissing, SignInRefused, SoundTrial
from campaign_app.providers.asterisk.sounds import SoundFolder, UnplayableAudio
from campaign_app.providers.base import ProviderUnavailable

STEPS = (StepName.REACH, StepName.SIGN_IN, StepName.PERMISSION, StepName.SOUND)
BEEP = PlayRecording("check")
OK, FAILED = StepState.OK, StepState.FAILED


def check_asterisk(account: AsteriskAccount, clock: Clock) -> list[CheckStep]:
    """The steps, the first that failed with Asterisk's answer. Never raises for what Asterisk does."""
    ari = AriClient(account.url, account.user, account.password)
    reached = CheckStep(StepName.REACH, OK, f"{account.url} answers")
    signed_in = CheckStep(StepName.SIGN_IN, OK, f"as {account.user}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            return complete_steps([reached, signed_in, *_try_sound(ari, account, Path(folder), clock)], STEPS)
    except SignInRefused as error:
        return complete_steps([reached, CheckStep(StepName.SIGN_IN, FAILED, str(error), "password")], STEPS)
    except PermissionMissing as error:
        return complete_steps(
            [reached, signed_in, CheckStep(StepName.PERMISSION, FAILED, str(error), "user")], STEPS
        )
    except ProviderUnavailable as error:
        return complete_steps([CheckStep(StepName.REACH, FAILED, str(error), "url")], STEPS)
    finally:
        ari.close()


def _try_sound(ari: AriClient, account: AsteriskAccount, folder: Path, clock: Clock) -> list[CheckStep]:
    def write_beep(_: Segment) -> Path:
        path = folder / "beep.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(b"\x00\x10\x00\xf0" * 800)
        return path

    trial = SoundTrial(ari, account.app, clock)
    permitted = CheckStep(StepName.PERMISSION, OK, "its user may make calls")
    try:
        uri, seconds = SoundFolder(write_beep, account.sounds, account.known_as, clock).put_segment(BEEP)
    except UnplayableAudio as error:
        trial.find_unplayable({})
        return [CheckStep(StepName.SOUND, FAILED, str(error), "sounds")]
    refused = trial.find_unplayable({uri: seconds})
    if uri in refused:
        return [permitted, CheckStep(StepName.SOUND, FAILED, refused[uri], "sounds_as")]
    return [permitted, CheckStep(StepName.SOUND, OK, "it played a short tone where nobody hears it")]
