"""A virtual microscope: scans as an instrument records them, one signal in time.

`Instrument` describes an instrument and its settings by five parts, each of which adds nothing unless told to: `Noise`,
`Scanner`, `Feedback`, `Tip` and `Events`. ``Instrument.scan`` returns trace and retrace of a surface, and a `ScanInfo` if wanted.

Heights are in the unit of the surface, lengths along lines and short times in pixels (one sample), slow times in lines: one line
of time is trace, retrace and both turn-arounds. Rates count in these units, too. Any number may be a range, in the language of
`afmnn.synth.Recipe`.
"""

from .events import Events
from .feedback import Feedback
from .info import Jump, ScanInfo
from .instrument import Instrument
from .noise import Noise
from .scanner import Scanner
from .tip import Tip

__all__ = ["Events", "Feedback", "Instrument", "Jump", "Noise", "ScanInfo", "Scanner", "Tip"]
