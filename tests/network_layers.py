"""What random networks are made of between the image and the features: blocks of layers, as source."""

# One part of a network a line, as source.
# ruff: noqa: E501

from random import Random

from network_source import Source

ACTIVATIONS = (
    "nn.ReLU()", "nn.ReLU(inplace=True)", "nn.GELU()", "nn.SiLU()", "nn.SiLU(inplace=True)", "nn.Hardswish()",
    "nn.Tanh()", "nn.LeakyReLU(0.1)", "nn.PReLU()", "nn.ELU()", "nn.Softplus()", "nn.Mish()", "nn.ReLU6()",
    "nn.Identity()", "nn.Sequential()", "nn.Softsign()", "nn.CELU(inplace=True)", "nn.Hardtanh()", "nn.SELU()",
)  # fmt: skip
POOLS = (
    "nn.MaxPool2d(2)", "nn.MaxPool2d(3, 2, 1, ceil_mode=True)", "nn.AvgPool2d(2)", "nn.LPPool2d(2, 2)",
    "nn.AvgPool2d(3, 2, 1, count_include_pad=False)", "nn.AdaptiveAvgPool2d(4)", "nn.AdaptiveMaxPool2d((3, 5))",
    "nn.MaxPool2d(2, dilation=2)", "nn.Upsample(scale_factor=0.5, mode='bilinear')", "nn.PixelUnshuffle(2)",
    "nn.Upsample(size=7)", "nn.ZeroPad2d((1, 0, 2, 1))", "nn.ReflectionPad2d(1)",
)  # fmt: skip


def norm(chosen: Random, c: int, sides: tuple[int, ...]) -> str:
    """A norm for maps `[n, c, h, w]`; now and then none."""
    group = next(g for g in (chosen.choice((2, 3, 4)), 2, 1) if c % g == 0)
    return chosen.choice(
        (
            *(
                f"nn.BatchNorm2d({c})",
                f"nn.BatchNorm2d({c}, affine=False)",
                f"nn.BatchNorm2d({c}, momentum=None)",
            ),
            *(
                f"nn.BatchNorm2d({c})",
                "nn.Identity()",
                f"nn.GroupNorm({group}, {c})",
                f"nn.GroupNorm(1, {c})",
            ),
            *(f"nn.LayerNorm([{c}, {', '.join(map(str, sides))}])", f"nn.InstanceNorm2d({c}, affine=True)"),
            *(f"nn.InstanceNorm2d({c}, track_running_stats=True)", "nn.LocalResponseNorm(3)"),
            *(
                ["nn.Identity()"]
                if chosen.random() < 0.8
                else [f"nn.BatchNorm2d({c}, track_running_stats=False)"]
            ),
        )
    )


def convolution(source: Source) -> None:
    chosen, c = source.random, source.shape[0]
    out, kernel = chosen.choice((4, 6, 8, 12)), chosen.choice((1, 3, 3, 5, 7))
    settings = [f"{c}, {out}, {kernel}", f"padding={kernel // 2}"]
    if chosen.random() < 0.3:
        settings.append(f"padding_mode={chosen.choice(('reflect', 'circular', 'replicate'))!r}")
    if chosen.random() < 0.2:
        settings[1] = f"padding={chosen.choice(('same', 'valid'))!r}"
    elif chosen.random() < 0.4:
        settings.append("stride=2")
    if chosen.random() < 0.2:
        settings.append("dilation=2")
    if chosen.random() < 0.3:
        settings.append("bias=False")
    if chosen.random() < 0.3:
        settings.append(f"groups={next(g for g in (4, 3, 2, 1) if c % g == out % g == 0)}")
    layer = f"nn.Conv2d({', '.join(settings)})"
    if source.block("conv", f"self.a = {layer}", "x = self.a(x)"):
        finish(source)


def finish(source: Source) -> None:
    """Norm and activation, in either order."""
    c, *sides = source.shape
    parts = [norm(source.random, c, (*sides,)), source.random.choice(ACTIVATIONS)]
    if source.random.random() < 0.2:
        parts.reverse()
    if source.random.random() < 0.5:
        source.block(f"{parts[0]} {parts[1]}", f"self.a = nn.Sequential({', '.join(parts)})", "x = self.a(x)")
    else:
        init = f"self.a, self.b = {', '.join(parts)}"
        source.block(f"{parts[0]} {parts[1]}", init, "x = self.b(self.a(x))")


def pool(source: Source) -> None:
    layer = source.random.choice(POOLS)
    source.block(layer, f"self.a = {layer}", "x = self.a(x)")


ON_MAPS = {
    "depthwise": (
        "self.a = nn.Conv2d({c}, {c2}, 3, padding=1, groups={c})\nself.b = nn.Conv2d({c2}, 8, 1)",
        "x = self.b(F.silu(self.a(x)))",
    ),
    "transposed": (
        "self.a = nn.ConvTranspose2d({c}, 6, 2, stride=2)\nself.b = nn.Conv2d(6, 8, 4, stride=4)",
        "x = self.b(F.relu(self.a(x), inplace=True))",
    ),
    "residual": (
        "self.a = nn.Sequential(nn.Conv2d({c}, {c}, 3, padding=1, bias=False), nn.BatchNorm2d({c}), nn.ReLU(True), "
        "nn.Conv2d({c}, {c}, 3, padding=1), nn.BatchNorm2d({c}))",
        "x = F.relu_(x + self.a(x))",
    ),
    "in-place residual": (
        "self.a = nn.Conv2d({c}, {c}, 1)",
        "y = self.a(x)\ny += x\nx = y",
    ),
    "layer scale": (
        "self.a = nn.Conv2d({c}, {c}, 3, padding=1)\nself.g = nn.Parameter(torch.full(({c}, 1, 1), 0.5))",
        "x = x + self.g * self.a(x)",
    ),
    "squeeze and excite": (
        "self.a, self.b = nn.Linear({c}, 3), nn.Linear(3, {c})",
        "x = x * self.b(F.relu(self.a(x.mean((2, 3))))).sigmoid()[:, :, None, None]",
    ),
    "attention over positions": (
        "self.a = nn.MultiheadAttention({c}, 1, batch_first=True)",
        "h, w = x.shape[-2:]\ny = F.adaptive_avg_pool2d(x, 4).flatten(2).transpose(1, 2)\n"
        "y = self.a(y, y, y)[0]\nx = x + y.mean(1)[:, :, None, None]",
    ),
    "channels-last block": (
        "self.a, self.b = nn.LayerNorm({c}), nn.Linear({c}, {c})",
        "x = x + self.b(F.gelu(self.a(x.permute(0, 2, 3, 1)))).permute(0, 3, 1, 2)",
    ),
    "channel shuffle": (
        "self.a = nn.Conv2d({c}, 8, 1, groups=1)",
        "x = self.a(x)\nn, c, h, w = x.shape\nx = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)",
    ),
    "ChannelShuffle": ("self.a = nn.Conv2d({c}, 8, 1)\nself.b = nn.ChannelShuffle(4)", "x = self.b(self.a(x))"),
    "pixel shuffle": ("self.a = nn.Conv2d({c}, 16, 3, stride=2)", "x = F.pixel_shuffle(self.a(x), 2)"),
    "dense": ("self.a = nn.Conv2d({c}, 4, 3, padding=1)", "x = torch.cat([x, F.relu(self.a(x))], 1)"),
    "gated": ("self.a = nn.Conv2d({c}, 12, 1)", "a, b = self.a(x).chunk(2, 1)\nx = a * b.sigmoid()"),
    "GLU": ("self.a = nn.Conv2d({c}, 12, 1)", "x = F.glu(self.a(x), dim=1)"),
    "roll": ("self.a = nn.Conv2d({c}, {c}, 1)", "x = x + self.a(x.roll((1, -2), (2, 3)))"),
    "unfold": (
        "self.a = nn.Linear(9 * {c}, 8)",
        "h, w = x.shape[2:]\ny = F.unfold(x, 3, padding=1).transpose(1, 2)\n"
        "x = self.a(y).transpose(1, 2).reshape(len(x), 8, h, w)",
    ),
    "Fourier": ("self.a = nn.Conv2d({c2}, 8, 1)", "y = torch.fft.rfft2(x, norm='ortho')\nx = self.a(torch.cat([y.real, y.imag], 1))"),
    "einsum mixer": (
        "self.a = nn.Parameter(torch.randn({c}, 6) / 3)\nself.b = nn.Parameter(torch.randn({w}, {w}) / {w} ** 0.5)",
        "x = torch.einsum('nchw,cd,wv->ndhv', x, self.a, self.b).relu()",
    ),
    "RMS norm": (
        "self.g = nn.Parameter(torch.ones({c}, 1, 1))",
        "x = x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-6) * self.g",
    ),
    "shared": ("self.a = nn.Conv2d({c}, {c}, 3, padding=1)", "for _ in range(3):\n    x = torch.tanh(self.a(x))"),
    "branches": (
        "self.a = nn.ModuleList([nn.Conv2d({c}, 4, k, padding=k // 2) for k in (1, 3, 5)])",
        "x = torch.cat([a(x) for a in self.a], dim=1)",
    ),
    "branches by name": (
        "self.a = nn.ModuleDict({{'left': nn.Conv2d({c}, 6, 1), 'right': nn.Conv2d({c}, 6, 3, padding=1)}})",
        "x = torch.maximum(self.a['left'](x), self.a['right'](x))",
    ),
    "interpolate": ("self.a = nn.Conv2d({c}, 6, 1)", "x = F.interpolate(self.a(x), scale_factor=1.5, mode='bicubic')"),
    "pads itself": ("self.a, self.b = Same({c}, 6, 3, 2), nn.BatchNorm2d(6)", "x = F.relu(self.b(self.a(x)))"),
    "standardised convolution": (
        "self.a, self.b = Standardised({c}, 6, 3), nn.BatchNorm2d(6)",
        "x = F.relu(self.b(self.a(x)))",
    ),
    "norm beside": ("self.a, self.b = nn.Conv2d({c}, 6, 3), nn.BatchNorm2d(6)", "x = self.a(x)\nx = self.b(x) + x"),
    "norm of the second call": (
        "self.a, self.b = nn.Conv2d({c}, {c}, 1), nn.BatchNorm2d({c})",
        "x = self.b(self.a(self.a(x).tanh()))",
    ),
    "one norm twice": (
        "self.a, self.b, self.d = nn.Conv2d({c}, 6, 1), nn.BatchNorm2d(6), nn.Conv2d(6, 6, 3)",
        "x = self.b(self.d(self.b(self.a(x))))",
    ),
    "weights used twice": (
        "self.a, self.b = nn.Conv2d({c}, 6, 3), nn.BatchNorm2d(6)",
        "x = self.b(self.a(x)).relu() + F.conv2d(x, self.a.weight)",
    ),
    "hooked convolution": (
        "self.a, self.b = nn.Conv2d({c}, 6, 3), nn.BatchNorm2d(6)\n"
        "self.a.register_forward_hook(lambda layer, args, output: output * 1.5 + 0.1)",
        "x = self.b(self.a(x)).relu()",
    ),
    "convolution hooked before": (
        "self.a, self.b = nn.Conv2d({c}, 6, 3), nn.BatchNorm2d(6)\n"
        "self.b.register_forward_pre_hook(lambda layer, args: (args[0].tanh(),))",
        "x = self.b(self.a(x)).relu_()",
    ),
    "kept before the activation": (
        "self.a, self.b = nn.Conv2d({c}, 6, 3), nn.ReLU()",
        "y = self.a(x)\nx = torch.cat([self.b(y), y], 1)",
    ),
    "activation in place, seen before it": (
        "self.a, self.b = nn.Conv2d({c}, 6, 3), nn.ReLU(inplace=True)",
        "y = self.a(x)\nx = self.b(y) + 2 * y",
    ),
    "another way for small maps": (
        "self.a, self.b = nn.Conv2d({c}, 6, 1), nn.BatchNorm2d(6)",
        "x = self.b(self.a(x))\nx = x.relu() if x.shape[-1] < 20 else -x",
    ),
    "frozen norm": (
        "self.a, self.b = nn.Conv2d({c}, 6, 3), torchvision.ops.FrozenBatchNorm2d(6)",
        "x = self.b(self.a(x)).relu_()",
    ),
    "torchvision block": (
        "self.a = nn.Sequential(torchvision.ops.Conv2dNormActivation({c}, 8, activation_layer=nn.Hardswish), "
        "torchvision.ops.SqueezeExcitation(8, 2), torchvision.ops.StochasticDepth(0.5, 'row'))",
        "x = self.a(x)",
    ),
    "standardised weights": (
        "self.a = nn.Conv2d({c}, 6, 3)",
        "w = self.a.weight\nx = F.conv2d(x, (w - w.mean((1, 2, 3), keepdim=True)) / (w.std((1, 2, 3), keepdim=True) + 1e-5))",
    ),
    "in-place channel": ("self.a = nn.Conv2d({c}, 6, 1)", "x = self.a(x)\nx[:, 0] *= 0.5\nx[:, 1:2].add_(0.1)"),
    "permuted and back": ("self.a = nn.Conv2d({w}, {w}, 1)", "x = self.a(x.permute(0, 3, 2, 1)).permute(0, 3, 2, 1)"),
    "padded": ("self.a = nn.Conv2d({c}, 6, 3, stride=2)", "x = self.a(F.pad(x, (0, 1, 0, 1)))"),
    "coordinates": (
        "self.a = nn.Conv2d({c} + 1, 6, 1)",
        "y = torch.linspace(-1, 1, x.shape[3]).expand(len(x), 1, *x.shape[2:])\nx = self.a(torch.cat([x, y], 1))",
    ),
    "spatial softmax": (
        "self.a = nn.Conv2d({c}, 1, 1)",
        "y = self.a(x).flatten(2).softmax(-1).view(len(x), 1, *x.shape[2:])\nx = x + x * y",
    ),
    "3d convolution": ("self.a = nn.Conv3d(1, 2, 3, padding=1)", "x = self.a(x.unsqueeze(1)).flatten(1, 2)"),
    "grid sample": (
        "self.a = nn.Linear({c}, 6)",
        "t = 0.1 * self.a(x.mean((2, 3))).view(-1, 2, 3) + torch.eye(2, 3)\n"
        "x = F.grid_sample(x, F.affine_grid(t, list(x.shape), align_corners=False), align_corners=False)",
    ),
    "one at a time": ("self.a = nn.Conv2d({c}, 6, 3)", "x = torch.cat([self.a(one[None]) for one in x])"),
}  # fmt: skip
"""Name → layers and lines, both with {c} channels, {c2} twice as many, {w} columns."""


def on_maps(source: Source) -> None:
    name = source.random.choice(list(ON_MAPS))
    c, _, w = source.shape
    init, forward = (text.format(c=c, c2=2 * c, w=w) for text in ON_MAPS[name])
    source.block(name, init, forward)


TO_TOKENS = {
    "patches": ("self.a = nn.Conv2d({c}, 8, 4, stride=4)", "x = self.a(x).flatten(2).transpose(1, 2)"),
    "patches by reshape": (
        "self.a = nn.Linear({c} * 16, 8)",
        "n, c, h, w = x.shape\nx = x[:, :, :h // 4 * 4, :w // 4 * 4]\n"
        "x = x.reshape(n, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)\nx = self.a(x)",
    ),
    "rows": ("self.a = nn.Linear({c} * {w}, 8)", "x = self.a(x.permute(0, 2, 1, 3).flatten(2))"),
    "rows by convolution": (
        "self.a = nn.Conv1d({c} * {w}, 8, 3, padding=1)",
        "x = self.a(x.permute(0, 1, 3, 2).reshape(len(x), -1, x.shape[2])).permute(0, 2, 1)",
    ),
    "unflattened": ("self.a = nn.Unflatten(1, (1, -1))", "x = self.a(x.flatten(1).unsqueeze(1).squeeze(1))\n"
                    "x = F.adaptive_avg_pool1d(x, 32).view(-1, 4, 8)"),
}  # fmt: skip
ON_TOKENS = {
    "class token": ("self.t = nn.Parameter(torch.randn(1, 1, {d}))", "x = torch.cat([self.t.expand(len(x), -1, -1), x], 1)"),
    "positions": ("self.p = nn.Parameter(0.1 * torch.randn(1, {n}, {d}))", "x = x + self.p"),
    "encoder layer": ("self.a = nn.TransformerEncoderLayer({d}, 2, 12, batch_first=True, norm_first=True)", "x = self.a(x)"),
    "encoder layer, norms last": ("self.a = nn.TransformerEncoderLayer({d}, 1, 8, 0.1, 'gelu')", "x = self.a(x.transpose(0, 1)).transpose(0, 1)"),
    "encoder": ("self.a = nn.TransformerEncoder(nn.TransformerEncoderLayer({d}, 2, 8, batch_first=True), 2)", "x = self.a(x)"),
    "attention": (
        "self.q, self.o = nn.Linear({d}, 3 * {d}), nn.Linear({d}, {d})",
        "q, k, v = self.q(x).chunk(3, -1)\nx = x + self.o((q @ k.transpose(1, 2) / {d} ** 0.5).softmax(-1) @ v)",
    ),
    "fused attention": ("self.a = nn.Linear({d}, {d})", "y = self.a(x)\nx = x + F.scaled_dot_product_attention(y, x, x)"),
    "causal attention": (
        "self.register_buffer('mask', torch.full(({n}, {n}), -torch.inf).triu(1))",
        "x = x + (x @ x.transpose(1, 2) / 3 + self.mask).softmax(-1) @ x",
    ),
    "LSTM": ("self.a = nn.LSTM({d}, 8, batch_first=True)", "x = self.a(x)[0]"),
    "bidirectional LSTM": ("self.a = nn.LSTM({d}, 5, num_layers=2, bidirectional=True, dropout=0.2)", "x = self.a(x.transpose(0, 1))[0].transpose(0, 1)"),
    "GRU": ("self.a = nn.GRU({d}, 8, batch_first=True)", "x = x.contiguous()\nx, _ = self.a(x)"),
    "token mixer": ("self.a, self.b = nn.Linear({n}, {n}), nn.LayerNorm({d})", "x = x + self.a(self.b(x).mT).mT"),
    "batch norm over tokens": ("self.a = nn.BatchNorm1d({d})", "x = self.a(x.transpose(1, 2)).transpose(1, 2)"),
    "convolution over tokens": ("self.a = nn.Conv1d({d}, 8, 3, dilation=2, padding=2, groups=1)", "x = F.gelu(self.a(x.mT)).mT"),
    "pooled tokens": ("self.a = nn.MaxPool1d(2)", "x = self.a(x.transpose(1, 2)).transpose(1, 2)"),
}  # fmt: skip
"""As for maps, with {n} tokens of {d} features."""
TO_FEATURES = {
    "mean over positions": ("", "x = x.mean((2, 3))", "x = x.mean(dim=1)"),
    "mean, one axis after the other": ("", "x = x.mean(3).mean(2)", "x = x.mean(-2)"),
    "maximum": ("", "x = x.amax(dim=(-2, -1))", "x = x.max(1)[0]"),
    "average pooling, flatten": ("self.a = nn.AdaptiveAvgPool2d((1, 1))", "x = torch.flatten(self.a(x), 1)", "x = x[:, 0]"),
    "average pooling, view": ("self.a = nn.AdaptiveAvgPool2d(1)", "x = self.a(x)\nx = x.view(x.size(0), -1)", "x = x[:, -1]"),
    "squeezed": ("self.a = nn.AdaptiveMaxPool2d(1)", "x = self.a(x).squeeze(-1).squeeze(-1)", "x = x.select(1, 0)"),
    "flattened": ("", "x = x.flatten(1)", "x = x.flatten(1)"),
    "reshaped": ("", "x = x.reshape(x.shape[0], -1)", "x = x.reshape(len(x), -1)"),
    "viewed": ("", "x = x.view(-1, x.shape[1] * x.shape[2] * x.shape[3])", "x = x.contiguous().view(len(x), -1)"),
    "Flatten": ("self.a = nn.Flatten()", "x = self.a(x)", "x = self.a(x)"),
    "generalised mean": ("self.q = nn.Parameter(torch.tensor(3.0))", "x = x.clamp(min=1e-6).pow(self.q).mean((2, 3)).pow(1 / self.q)", "x = x.mean(1)"),
    "mean and deviation": ("", "x = torch.cat([x.mean((2, 3)), (x.var((2, 3), correction=0) + 1e-5).sqrt()], 1)", "x = x.std(1)"),
    "soft maximum": ("", "x = x.flatten(2).logsumexp(-1)", "x = x.logsumexp(1)"),
    "attention pooling": (
        "self.a = nn.Linear({d}, 1)",
        "y = x.flatten(2).mT\nx = (self.a(y).softmax(1) * y).sum(1)",
        "x = (self.a(x).softmax(1) * x).sum(1)",
    ),
    "bilinear": ("", "y = x.flatten(2)\nx = (y @ y.mT / y.shape[2]).flatten(1)", "x = torch.einsum('nid,nie->nde', x, x).flatten(1) / 9"),
    "sorted": ("", "x = x.flatten(2).topk(2, -1).values.mean(-1)", "x = x.sort(1).values[:, 0]"),
}  # fmt: skip
"""Name → layers, line for maps, line for tokens; {d} is the number of channels or of features."""
WIDE = 500
"""Features that a head is not given directly: its weights would fill the memory."""


def body(source: Source) -> None:
    """From the image to features `[n, d]`."""
    chosen = source.random
    for _ in range(chosen.randint(0, 4)):
        chosen.choice((convolution, convolution, pool, on_maps, on_maps))(source)
    c, h, w = source.shape
    if h * w > 256 or chosen.random() < 0.3:
        source.block(
            "AvgPool2d", f"self.a = nn.AdaptiveAvgPool2d(({min(h, 8)}, {min(w, 6)}))", "x = self.a(x)"
        )
    if chosen.random() < 0.3:
        init, forward = TO_TOKENS[name := chosen.choice(list(TO_TOKENS))]
        c, h, w = source.shape
        if source.block(name, init.format(c=c, w=w), forward):
            for _ in range(chosen.randint(0, 3)):
                n, d = source.shape
                name = chosen.choice(list(ON_TOKENS))
                source.block(name, *(text.format(n=n, d=d) for text in ON_TOKENS[name]))
    name = chosen.choice(list(TO_FEATURES))
    init, maps, tokens = TO_FEATURES[name]
    d = source.shape[0] if len(source.shape) == 3 else source.shape[-1]
    if not source.block(name, init.format(d=d), maps if len(source.shape) == 3 else tokens):
        source.block("flattened", "", "x = x.flatten(1)")
    few = source.shape[0] < WIDE
    for _ in range(chosen.choice((0, 0, 0, 1, 1, 2) if few else (1, 2))):
        dense(source)


def dense(source: Source) -> None:
    chosen, (d,) = source.random, source.shape
    norms = ("nn.BatchNorm1d(12)", "nn.LayerNorm(12)", "nn.Identity()", "nn.Dropout(0.5)", "nn.RMSNorm(12)")
    parts = f"nn.Linear({d}, 12), {chosen.choice(norms)}, {chosen.choice(ACTIVATIONS)}"
    source.block(f"linear {parts}", f"self.a = nn.Sequential({parts})", "x = self.a(x)")
