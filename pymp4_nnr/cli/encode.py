"""`pymp4-nnr encode`"""

from __future__ import annotations

import click

from . import options
from .progress import progress_bar

LONG = 4 << 20
"""Bytes of weights that take the codec some seconds."""


class TensorQP(click.ParamType[tuple[str, int]]):
    """A tensor and its quantization parameter, as ``NAME=QP``."""

    name = "name=qp"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        name, _, number = str(value).rpartition("=")
        try:
            return name, int(number)
        except ValueError:
            self.fail(f"{value!r} is not of the form NAME=QP", param, ctx)


@click.command()
@options.file_argument("weights", metavar="WEIGHTS")
@options.output("The MP4 file to write; a bitstream where its name ends in .nnr or .nnc.")
@click.option(
    "--qp",
    type=int,
    default=-38,
    show_default=True,
    help="Quantization parameter of weights: lower is finer; 4 lower halves the step size.",
)
@click.option(
    "--nonweight-qp",
    type=int,
    default=-75,
    show_default=True,
    help="The same for tensors with one dimension, such as biases.",
)
@click.option(
    "--tensor-qp",
    "tensor_qps",
    type=TensorQP(),
    metavar="NAME=QP",
    multiple=True,
    help="The same for one tensor; may be given several times.",
)
@click.option(
    "--qp-density",
    type=click.IntRange(0, 7),
    default=2,
    show_default=True,
    help="With N, a quantization parameter that is 2**N lower halves the step size.",
)
@click.option("--no-dq", is_flag=True, help="No dependent (trellis-coded) quantization.")
@click.option("--opt-qp", is_flag=True, help="Change --qp for each tensor by its size and spread.")
@click.option(
    "--lambda-scale",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Weight of the rate in the choice of quantized values.",
)
@click.option(
    "--codebook-mode",
    type=click.IntRange(0, 2),
    default=0,
    show_default=True,
    help="0: uniform quantization; 1, 2: codebooks.",
)
@click.option(
    "--scan-order",
    type=click.IntRange(0, 4),
    default=0,
    show_default=True,
    help="0: by rows; 1 to 4: in blocks of 8, 16, 32, 64 rows and columns.",
)
@click.option("--row-skipping", is_flag=True, help="Spend one bit on a row of zeros.")
@options.timeout
@options.force
@options.sync
@options.quiet
def encode(
    weights: str,
    target: str,
    qp: int,
    nonweight_qp: int,
    tensor_qps: tuple[tuple[str, int], ...],
    qp_density: int,
    no_dq: bool,
    opt_qp: bool,
    lambda_scale: float,
    codebook_mode: int,
    scan_order: int,
    row_skipping: bool,
    timeout: float | None,
    force: bool,
    sync: bool,
    quiet: bool,
) -> None:
    """Compress the weights of a network by the NNC codec (needs the extra 'codec').

    WEIGHTS is a file of safetensors, or a state dict saved by PyTorch (.pt, .pth).

    \b
    Example:
      pymp4-nnr encode weights.safetensors -o model.mp4 --qp -30
    """
    from ..io.output import check_target
    from ..operations.encode import EncoderOptions, encode
    from ..operations.weights import read_weights
    from .summary import counted

    settings = EncoderOptions(
        qp=qp,
        nonweight_qp=nonweight_qp,
        tensor_qp=dict(tensor_qps),
        qp_density=qp_density,
        dq=not no_dq,
        opt_qp=opt_qp,
        lambda_scale=lambda_scale,
        codebook_mode=codebook_mode,
        scan_order=scan_order,
        row_skipping=row_skipping,
    )
    check_target(options.writable(target), overwrite=force)
    tensors = read_weights(weights)
    with progress_bar("encoding", [weights], quiet=quiet, long=LONG) as progress:
        size = encode(
            tensors,
            options.writable(target),
            settings,
            overwrite=force,
            sync=sync,
            timeout=timeout,
            progress=progress,
        )
    before = sum(tensor.nbytes for tensor in tensors.values())
    options.say(
        f"{target}: {counted(len(tensors), 'tensor')}, {size} bytes "
        f"({size / before:.1%} of {before})",
        quiet=quiet,
    )
