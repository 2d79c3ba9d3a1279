"""The last layers of random networks: from features to logits, or to what no logits are."""

# One part of a network a line, as source.
# ruff: noqa: E501

from network_source import Source, named

RUNS, REFUSED, SHOWS, EITHER = "runs", "refused", "refused if it shows", "either"
"""What must happen. A plain network runs. One that cannot be audited is refused; noise, or other images in the
batch, only if they move a logit. Of the rest nothing is asked but that it does one of both, in one line."""

HEADS = {
    "linear": (RUNS, "self.a = nn.Linear({d}, {k})", "x = self.a(x) * 4"),
    "linear without bias": (RUNS, "self.a = nn.Linear({d}, {k}, bias=False)", "x = self.a(x) * 8"),
    "two linear": (RUNS, "self.a = nn.Sequential(nn.Linear({d}, 9), nn.ReLU(True), nn.Linear(9, {k}))", "x = self.a(x) * 9"),
    "1x1 convolution": (RUNS, "self.a = nn.Conv2d({d}, {k}, 1)", "x = self.a(x[:, :, None, None]).flatten(1) * 5"),
    "cosine": (
        RUNS,
        "self.w, self.s = nn.Parameter(torch.randn({k}, {d})), nn.Parameter(torch.tensor(10.0))",
        "x = self.s * F.linear(F.normalize(x), F.normalize(self.w))",
    ),
    "distances": (RUNS, "self.w = nn.Parameter(torch.randn({k}, {d}))", "x = -(x[:, None] - self.w).square().sum(-1)"),
    "cdist": (RUNS, "self.w = nn.Parameter(torch.randn({k}, {d}))", "x = -torch.cdist(x, self.w)"),
    "einsum": (RUNS, "self.w = nn.Parameter(torch.randn({d}, {k}))", "x = torch.einsum('nd,dk->nk', x, self.w)"),
    "matrix": (RUNS, "self.register_buffer('w', torch.randn({d}, {k}))", "x = x @ self.w"),
    "Bilinear": (RUNS, "self.a = nn.Bilinear({d}, {d}, {k})", "x = self.a(x, x)"),
    "temperature": (RUNS, "self.a, self.t = nn.Linear({d}, {k}), nn.Parameter(torch.tensor(0.2))", "x = self.a(x) / self.t"),
    "log_softmax": (RUNS, "self.a = nn.Linear({d}, {k})", "x = F.log_softmax(5 * self.a(x), dim=1)"),
    "LogSoftmax": (RUNS, "self.a = nn.Sequential(nn.Linear({d}, {k}), nn.LogSoftmax(-1))", "x = self.a(4 * x)"),
    "tanh at the end": (RUNS, "self.a = nn.Linear({d}, {k})", "x = 5 * torch.tanh(self.a(x))"),
    "hard-swish at the end": (RUNS, "self.a = nn.Linear({d}, {k})", "x = F.hardswish(4 * self.a(x))"),
    "ReLU at the end": (RUNS, "self.a = nn.Linear({d}, {k})", "x = torch.relu_(4 * self.a(x) + 0.5)"),
    "layer norm at the end": (RUNS, "self.a, self.b = nn.Linear({d}, {k}), nn.LayerNorm({k})", "x = 3 * self.b(self.a(x))"),
    "batch norm at the end": (RUNS, "self.a, self.b = nn.Linear({d}, {k}), nn.BatchNorm1d({k})", "x = 3 * self.b(self.a(x))"),
    "parameter list": (
        RUNS,
        "self.w = nn.ParameterList([torch.randn({d}) for _ in range({k})])",
        "x = torch.stack([x @ w for w in self.w], dim=1)",
    ),
    "many heads": (
        RUNS,
        "self.a = nn.ModuleList([nn.Linear({d}, 1) for _ in range({k})])",
        "x = 4 * torch.cat([a(x) for a in self.a], 1)",
    ),
    "mean of two": (RUNS, "self.a, self.b = nn.Linear({d}, {k}), nn.Linear({d}, {k})", "x = 3 * (self.a(x) + self.b(x)) / 2"),
    "maxout": (RUNS, "self.a = nn.Linear({d}, 3 * {k})", "x = 4 * self.a(x).view(-1, {k}, 3).amax(2)"),
    "tied": (
        RUNS,
        "self.a, self.b = nn.Linear({d}, {k}), nn.Linear({d}, {k})\nself.b.weight = self.a.weight",
        "x = 3 * self.a(x) + self.b(x)",
    ),
    "weight norm": (RUNS, "self.a = parametrizations.weight_norm(nn.Linear({d}, {k}))", "x = 4 * self.a(x)"),
    "spectral norm": (RUNS, "self.a = parametrizations.spectral_norm(nn.Linear({d}, {k}))", "x = 4 * self.a(x)"),
    "orthogonal": (RUNS, "self.a = parametrizations.orthogonal(nn.Linear({d}, {k}))", "x = 4 * self.a(x)"),
    "log of the mean of softmaxes": (
        RUNS,
        "self.a, self.b = nn.Linear({d}, {k}), nn.Linear({d}, {k})",
        "x = torch.log((self.a(x).softmax(1) + self.b(x).softmax(1)) / 2)",
    ),
    "one logit": (RUNS, "self.a = nn.Linear({d}, 1)", "x = 4 * self.a(x)"),
    "softmax": (REFUSED, "self.a = nn.Linear({d}, {k})", "x = self.a(x).softmax(1)"),
    "softmax by hand": (REFUSED, "self.a = nn.Linear({d}, {k})", "x = self.a(x).exp()\nx = x / x.sum(1, keepdim=True)"),
    "softmax in per cent": (REFUSED, "self.a = nn.Sequential(nn.Linear({d}, {k}), nn.Softmax(1))", "x = 100 * self.a(x)"),
    "exponential of log_softmax": (REFUSED, "self.a = nn.Linear({d}, {k})", "x = F.log_softmax(self.a(x), 1).exp()"),
    "mean of softmaxes": (
        REFUSED,
        "self.a, self.b = nn.Linear({d}, {k}), nn.Linear({d}, {k})",
        "x = torch.stack([self.a(x).softmax(1), self.b(x).softmax(1)]).mean(0)",
    ),
    "sigmoid": (REFUSED, "self.a = nn.Linear({d}, {k})", "x = torch.sigmoid(self.a(x))"),
    "sigmoid of one": (REFUSED, "self.a = nn.Linear({d}, 1)", "x = self.a(x).sigmoid()"),
    "hard sigmoid": (EITHER, "self.a = nn.Linear({d}, {k})", "x = F.hardsigmoid(self.a(x))"),
    "log-sigmoid": (EITHER, "self.a = nn.Linear({d}, {k})", "x = F.logsigmoid(self.a(x))"),
    "half softmax": (EITHER, "self.a = nn.Linear({d}, {k})", "x = self.a(x) + self.a(x).softmax(1)"),
    "answers": (REFUSED, "self.a = nn.Linear({d}, {k})", "x = self.a(x).argmax(1)"),
    "one-hot answers": (REFUSED, "self.a = nn.Linear({d}, {k})", "x = F.one_hot(self.a(x).argmax(1), {k}).float()"),
    "integers": (REFUSED, "self.a = nn.Linear({d}, {k})", "x = self.a(x).mul(10).long()"),
    "rounded": (REFUSED, "self.a = nn.Linear({d}, {k})", "x = self.a(x).mul(50).round()"),
    "constant": (EITHER, "self.w = nn.Parameter(torch.randn({k}))", "x = self.w.expand(len(x), -1) + 0 * x[:, :1]"),
    "zero": (EITHER, "self.a = nn.Linear({d}, {k})\nnn.init.zeros_(self.a.weight)", "x = self.a(x)"),
    "dead": (EITHER, "self.a = nn.Linear({d}, {k})", "x = torch.relu(self.a(x) - 1e4)"),
    "complex": (EITHER, "self.a = nn.Linear({d}, {k}).to(torch.cfloat)", "x = self.a(x.to(torch.cfloat)).abs()"),
    "float64": (RUNS, "self.a = nn.Linear({d}, {k})", "x = (4 * self.a(x)).double()"),
    "half at the end": (EITHER, "self.a = nn.Linear({d}, {k})", "x = (4 * self.a(x)).half()"),
    "one position": (EITHER, "self.a = nn.Conv2d({d}, {k}, 1)", "x = 5 * self.a(x[:, :, None, None])"),
    "squeezed by accident": (EITHER, "self.a = nn.Linear({d}, {k})", "x = (4 * self.a(x)).squeeze()"),
    "one number": (EITHER, "self.a = nn.Linear({d}, 1)", "x = self.a(x)[:, 0]"),
    "tuple": (EITHER, "self.a = nn.Linear({d}, {k})", "x = (4 * self.a(x), x)"),
    "features first": (EITHER, "self.a = nn.Linear({d}, {k})", "x = (x, 4 * self.a(x))"),
    "list": (EITHER, "self.a = nn.Linear({d}, {k})", "x = [4 * self.a(x)]"),
    "dict": (EITHER, "self.a = nn.Linear({d}, {k})", "x = {{'logits': 4 * self.a(x), 'features': x}}"),
    "named tuple": (EITHER, "self.a = nn.Linear({d}, {k})", "x = torch.max(4 * self.a(x), 1)"),
    "object": (EITHER, "self.a = nn.Linear({d}, {k})", "x = types.SimpleNamespace(logits=4 * self.a(x))"),
    "nothing": (EITHER, "self.a = nn.Linear({d}, {k})", "self.a(x)\nx = None"),
    "forbidden class": (EITHER, "self.a = nn.Linear({d}, {k})", "x = self.a(x)\nx[:, 0] = -torch.inf"),
    "unlikely class": (RUNS, "self.a = nn.Linear({d}, {k})", "x = 4 * self.a(x)\nx[:, -1] -= 1e4"),
}  # fmt: skip
"""Name → what must happen, layers, lines; {d} features, {k} classes."""
PLAIN = [name for name, (expected, *_) in HEADS.items() if expected == RUNS]
STRANGE = [name for name in HEADS if name not in PLAIN]


def head(source: Source, strange: bool) -> str:
    """Adds a head; what must happen with it."""
    (d,), chosen = source.shape, source.random
    name = chosen.choice(STRANGE) if strange else chosen.choice([*PLAIN, *["linear"] * 12])
    expected, init, forward = HEADS[name]
    init, forward = (text.format(d=d, k=source.classes) for text in (init, forward))
    source.init += named(init, "head_").splitlines()
    source.forward += named(forward, "head_").splitlines()
    source.used.append(name)
    return expected
