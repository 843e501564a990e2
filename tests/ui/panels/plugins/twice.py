"""Plays a clip twice."""

from studio.api import Chunk, Clip, Params, Recorder, generator


@generator(id="twice", title="Twice", inputs={"clip": Clip}, output=Clip)
class Twice:
    """The clip, and once more."""

    class Params(Params):
        pass

    def run(self, ctx, params, clip):
        made = Recorder()
        for _ in range(2):
            for frame in clip.frames():
                made.add(frame.image, frame.duration)
            yield Chunk(made.clip(clip.rate))
        return made.clip(clip.rate)
