"""What people's networks do besides computing logits, as lines that are put into a random network."""

# One part of a network a line, as source.
# ruff: noqa: E501

from dataclasses import dataclass

from network_heads import EITHER, REFUSED, RUNS, SHOWS
from network_source import Source


@dataclass(frozen=True)
class Habit:
    """Lines for each place of a file; {h}, {w}, {c}, {k} stand for the input's sides, channels and classes."""

    expected: str = RUNS
    top: str = ""
    init: str = ""
    entry: str = ""
    """Before the first layer."""
    exit: str = ""
    """After the last."""
    method: str = ""
    after: str = ""
    decorator: str = ""
    arguments: str = ""
    copies: bool = True
    """Whether `copy.deepcopy` of the module works; where not, a live module may be refused."""


WRAPPER = """
class Wrapper(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self._orig_mod = inner
    def __getattr__(self, name):
        if name == "_orig_mod":
            return self._modules[name]
        return getattr(self._orig_mod, name)
    def forward(self, *args, **kwargs):
        return self._orig_mod(*args, **kwargs)
"""
FUNCTION = """
class Steps(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return (x * 8).round() / 8
    @staticmethod
    def backward(ctx, gradient):
        return gradient
"""
HABITS: dict[str, Habit] = {
    "input changed in place": Habit(entry="x.sub_(0.1).mul_(1.5)"),
    "input centred in place": Habit(entry="x -= x.mean((2, 3), keepdim=True)"),
    "input clamped in place": Habit(entry="x = x.clamp_(-1.5, 1.5)"),
    "input through an in-place ReLU": Habit(init="self.first = nn.ReLU(inplace=True)", entry="x = self.first(x)"),
    "slice of the input changed": Habit(entry="x[:, :, 0] = 0"),
    "asserts the size": Habit(entry="assert x.shape[1:] == ({c}, {h}, {w}), 'made for\\n{h} x {w}'"),
    "refuses another size": Habit(entry="if x.shape[-1] != {w}:\n    raise ValueError('one line\\nand another')"),
    "KeyError at another size": Habit(entry="_ = dict([({w}, 1)])[x.shape[-1]]"),
    "IndexError at another size": Habit(entry="_ = [0][x.shape[-1] - {w}]"),
    "refuses three images": Habit(EITHER, entry="assert len(x) != 3"),
    "takes one image": Habit(EITHER, entry="assert len(x) == 1, 'one image'"),
    "takes even batches": Habit(EITHER, entry="x = x.view(len(x) // 2, 2, *x.shape[1:]).flatten(0, 1)"),
    "reshapes to one image": Habit(EITHER, exit="x = x.view(1, {k})"),
    "half inside": Habit(EITHER, entry="x = x.half()"),
    "double inside": Habit(EITHER, entry="x = x.double()"),
    "double weights": Habit(after="net.double()"),
    "half weights": Habit(EITHER, after="net.half()"),
    "bfloat16 weights": Habit(EITHER, after="net.bfloat16()"),
    "no gradient": Habit(REFUSED, decorator="@torch.no_grad()"),
    "inference mode": Habit(REFUSED, decorator="@torch.inference_mode()"),
    "inference mode inside": Habit(REFUSED, entry="with torch.inference_mode():\n    x = x + 1"),
    "detached": Habit(REFUSED, entry="x = x.detach()"),
    "detached logits": Habit(REFUSED, exit="x = x.detach()"),
    "data": Habit(REFUSED, entry="x = x.data"),
    "detached in part": Habit(entry="x = x + 0.5 * x.detach()"),
    "straight-through": Habit(entry="x = x + ((4 * x).round() / 4 - x).detach()"),
    "gradient off in part": Habit(entry="with torch.no_grad():\n    scale = x.abs().amax((1, 2, 3), keepdim=True) + 1\nx = x / scale"),
    "numpy": Habit(REFUSED, entry="x = torch.from_numpy(np.tanh(x.detach().numpy()))"),
    "numpy with gradient": Habit(REFUSED, entry="x = torch.from_numpy(x.numpy())"),
    "numpy in part": Habit(entry="x = x - torch.from_numpy(x.detach().numpy().mean((2, 3), keepdims=True))"),
    "a list of numbers": Habit(REFUSED, exit="x = torch.tensor(x.tolist())"),
    "permuted and back": Habit(entry="x = x.permute(0, 2, 3, 1)\nx = x.permute(0, 3, 1, 2)"),
    "contiguous": Habit(entry="x = x.contiguous()"),
    "strides": Habit(EITHER, entry="x = x.as_strided(x.shape, ({c} * {h} * {w}, {h} * {w}, {w}, 1))"),
    "channels last": Habit(entry="x = x.to(memory_format=torch.channels_last)"),
    "grey": Habit(entry="x = x.mean(1, keepdim=True).expand(-1, {c}, -1, -1)"),
    "noise": Habit(SHOWS, entry="x = x + 0.3 * torch.randn_like(x)"),
    "noise of numpy": Habit(SHOWS, entry="x = x * float(np.random.uniform(0.5, 1.5))"),
    "noise of Python": Habit(SHOWS, entry="x = x + random.random()"),
    "noise on the logits": Habit(SHOWS, exit="x = x + 0.1 * x.detach().abs().mean() * torch.randn(x.shape)"),
    "dropout by function": Habit(SHOWS, entry="x = F.dropout(x, 0.3)"),
    "dropout of channels": Habit(SHOWS, entry="x = F.dropout2d(x, 0.4, training=True)"),
    "dropout left on": Habit(SHOWS, init="self.drop = nn.Dropout(0.3)", entry="self.drop.train()\nx = self.drop(x)"),
    "random order": Habit(SHOWS, entry="x = x[:, :, torch.randperm(x.shape[2])]"),
    "dropout that is off": Habit(init="self.drop = nn.Dropout(0.5)", entry="x = self.drop(F.dropout(x, 0.5, self.training))"),
    "the same noise each time": Habit(entry="x = x + 0.1 * torch.randn(x.shape[1:], generator=torch.Generator().manual_seed(1))"),
    "global seed inside": Habit(entry="torch.manual_seed(0)\nx = x + 0.1 * torch.randn(x.shape[1:])"),
    "another answer each time": Habit(SHOWS, init="self.calls = 0", entry="self.calls += 1\nx = x * (1 + 0.1 * self.calls)"),
    "counts calls": Habit(top="CALLS = [0]", entry="CALLS[0] += 1"),
    "counts in a buffer": Habit(init="self.register_buffer('calls', torch.zeros((), dtype=torch.long))", entry="self.calls += 1"),
    "prints": Habit(entry="print('forward', tuple(x.shape))"),
    "warns": Habit(entry="warnings.warn('old\\nnetwork', DeprecationWarning)"),
    "keeps activations": Habit(entry="self.seen = x", exit="self.logits = x"),
    "keeps all activations": Habit(init="self.seen = []", exit="self.seen.append(x)"),
    "keeps the gradient": Habit(EITHER, entry="x.register_hook(lambda g: setattr(self, 'gradient', g))"),
    "keeps the gradient if there is one": Habit(exit="if x.requires_grad:\n    x.retain_grad()\n    x.register_hook(lambda g: None)"),
    "asks for gradients": Habit(entry="x.requires_grad_(True)"),
    "gradient of itself": Habit(EITHER, exit="x = x + 0 * torch.autograd.grad(x.sum(), list(self.parameters()), create_graph=True, allow_unused=True)[0].sum()"),
    "eval without return": Habit(method="def train(self, mode=True):\n    super().train(mode)\ndef eval(self):\n    super().eval()"),
    "eval that does nothing": Habit(EITHER, method="def eval(self):\n    return self"),
    "requires_grad_ without return": Habit(EITHER, method="def requires_grad_(self, on=True):\n    super().requires_grad_(on)"),
    "to without return": Habit(EITHER, method="def to(self, *args, **kwargs):\n    super().to(*args, **kwargs)"),
    "float that refuses": Habit(EITHER, method="def float(self):\n    raise NotImplementedError('no\\nfloat')"),
    "refuses deepcopy": Habit(copies=False, method="def __deepcopy__(self, memo):\n    raise TypeError('not\\ncopied')"),
    "holds a lock": Habit(init="self.lock = threading.Lock()", entry="with self.lock:\n    x = x * 1"),
    "holds a generator": Habit(init="self.numbers = iter(n for n in range(9))"),
    "two results while training": Habit(exit="if self.training:\n    return x, x"),
    "answers differently without gradients": Habit(EITHER, exit="if not torch.is_grad_enabled():\n    return x.softmax(1)"),
    "layers in a plain list": Habit(init="self.hidden = [nn.Conv2d({c}, {c}, 3, padding=1), nn.BatchNorm2d({c}).eval()]", entry="for layer in self.hidden:\n    x = layer(x)"),
    "weights in a plain attribute": Habit(init="self.plain = torch.randn({c}, 1, 1)", entry="x = x * self.plain"),
    "weights that want gradients in a plain list": Habit(init="self.plain = [torch.ones({c}, 1, 1, requires_grad=True)]", entry="x = x * self.plain[0]"),
    "partly frozen": Habit(after="for p in list(net.parameters())[::2]:\n    p.requires_grad_(False)"),
    "in training mode": Habit(after="net.train()"),
    "in eval mode": Habit(after="net.eval()"),
    "gradients kept": Habit(after="for p in net.parameters():\n    p.grad = torch.ones_like(p)"),
    "forward hook": Habit(top="SEEN = []", after="net.register_forward_hook(lambda module, args, output: SEEN.append(output))"),
    "forward hook that changes": Habit(after="net.register_forward_hook(lambda module, args, output: output * 2 if isinstance(output, torch.Tensor) else None)"),
    "pre-hook": Habit(after="net.register_forward_pre_hook(lambda module, args: (args[0] * 0.9,))"),
    "backward hook": Habit(after="net.register_full_backward_hook(lambda module, before, after: None)"),
    "backward hooks everywhere": Habit(after="for layer in net.modules():\n    layer.register_full_backward_hook(lambda module, before, after: None)"),
    "hooks on parameters": Habit(after="for p in net.parameters():\n    p.register_hook(lambda g: g * 2)"),
    "DataParallel": Habit(after="net = nn.DataParallel(net)"),
    "in a Sequential": Habit(after="net = nn.Sequential(nn.Identity(), net, nn.Sequential())"),
    "compiled before": Habit(top=WRAPPER, after="net = Wrapper(net)"),
    "traced": Habit(EITHER, after="net = torch.jit.trace(net.eval(), torch.zeros(2, {c}, {h}, {w}), check_trace=False)"),
    "forward replaced by a closure": Habit(EITHER, after="old = net.forward\nnet.forward = lambda x: old(x * 0.5)"),
    "forward replaced by a method": Habit(after="net.forward = types.MethodType(lambda self, x: type(self).forward(self, x * 0.5), net)"),
    "odd buffers": Habit(init="self.register_buffer('i', torch.arange(3))\nself.register_buffer('b', torch.tensor(True))\nself.register_buffer('z', torch.ones(2, dtype=torch.cfloat))\nself.register_buffer('e', torch.empty(0))\nself.register_buffer('n', None)\nself.register_buffer('u', torch.zeros(1, 2, 3, 4, 5, dtype=torch.uint8), persistent=False)"),
    "half buffer": Habit(init="self.register_buffer('m', torch.full(({c}, 1, 1), 0.5).half())", entry="x = x - self.m"),
    "double buffer": Habit(init="self.register_buffer('m', torch.full(({c}, 1, 1), 0.5).double())", entry="x = (x - self.m).float()"),
    "infinite buffer": Habit(init="self.register_buffer('m', torch.full((2, 2), -torch.inf))"),
    "NaN buffer": Habit(EITHER, init="self.register_buffer('m', torch.full((2, 2), torch.nan))"),
    "sparse buffer": Habit(EITHER, init="self.register_buffer('m', torch.eye({w}).to_sparse())"),
    "empty weights": Habit(init="self.nothing = nn.Parameter(torch.empty(0, 3))\nself.none = nn.ParameterDict()"),
    "weights on no device": Habit(EITHER, init="self.later = nn.Linear(3, 3, device='meta')"),
    "expanded weights": Habit(EITHER, init="self.wide = nn.Parameter(torch.ones(1, 1, 1).expand({c}, 1, 1))", entry="x = x * self.wide"),
    "transposed weights": Habit(init="self.square = nn.Parameter(torch.eye({w}).flip(0).t())", entry="x = x @ self.square"),
    "integer weights": Habit(EITHER, init="self.whole = nn.Parameter(torch.arange(1, 1 + {c}), requires_grad=False)", entry="x = x * self.whole.view(-1, 1, 1)"),
    "lazy layers": Habit(EITHER, init="self.lazy = nn.LazyConv2d({c}, 1)", entry="x = self.lazy(x)"),
    "lazy batch norm": Habit(EITHER, init="self.lazy = nn.LazyBatchNorm2d()", entry="x = self.lazy(x)"),
    "layers made in forward": Habit(EITHER, entry="if not hasattr(self, 'made'):\n    self.made = nn.Conv2d({c}, {c}, 1)\nx = self.made(x)"),
    "needs an argument": Habit(EITHER, arguments="self, x, metadata"),
    "argument by name": Habit(EITHER, arguments="self, *, x"),
    "an argument with default": Habit(arguments="self, x, mask=None, *rest, **more", exit="if mask is not None:\n    x = x * mask"),
    "checkpoint": Habit(init="self.saved = nn.Sequential(nn.Conv2d({c}, {c}, 1), nn.Tanh())", entry="x = checkpoint(self.saved, x, use_reentrant=False)"),
    "reentrant checkpoint": Habit(EITHER, init="self.saved = nn.Sequential(nn.Conv2d({c}, {c}, 1), nn.Tanh())", entry="x = checkpoint(self.saved, x, use_reentrant=True)"),
    "function of its own": Habit(top=FUNCTION, entry="x = Steps.apply(x)"),
    "old weight norm": Habit(init="with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    self.normed = torch.nn.utils.weight_norm(nn.Conv2d({c}, {c}, 3, padding=1))", entry="x = self.normed(x)"),
    "old spectral norm": Habit(init="self.normed = torch.nn.utils.spectral_norm(nn.Conv2d({c}, {c}, 3, padding=1))", entry="x = self.normed(x)"),
    "parametrised": Habit(top="class Double(nn.Module):\n    def forward(self, w):\n        return 2 * w", init="self.normed = nn.Conv2d({c}, {c}, 3, padding=1)\nparametrize.register_parametrization(self.normed, 'weight', Double())", entry="x = self.normed(x)"),
    "parametrised batch norm behind": Habit(init="self.normed = parametrizations.weight_norm(nn.Conv2d({c}, {c}, 3, padding=1))\nself.behind = nn.BatchNorm2d({c})", entry="x = F.relu(self.behind(self.normed(x)))"),
    "pruned": Habit(init="import torch.nn.utils.prune as prune\nself.pruned = nn.Conv2d({c}, {c}, 3, padding=1)\nprune.l1_unstructured(self.pruned, 'weight', amount=0.5)", entry="x = self.pruned(x)"),
    "very large weights": Habit(after="for p in list(net.parameters())[-2:]:\n    p.data.mul_(1e6)"),
    "very small weights": Habit(after="for p in list(net.parameters())[-2:]:\n    p.data.mul_(1e-6)"),
    "huge logits": Habit(EITHER, exit="x = x * 1e30"),
    "vanishing logits": Habit(EITHER, exit="x = x * 1e-30"),
    "NaN for dark images": Habit(EITHER, entry="x = x * (x.mean((1, 2, 3), keepdim=True) + 0.2).sqrt()"),
    "NaN for bright images": Habit(EITHER, entry="x = x * (1 - x.mean((1, 2, 3), keepdim=True)).log().clamp(-1e3)"),
    "NaN gradient for grey images": Habit(EITHER, entry="x = x / (x.std((2, 3), keepdim=True) + 1e-3)"),
    "raises for bright images": Habit(EITHER, entry="if float(x.mean()) > 0.3:\n    raise RuntimeError('too\\nbright')"),
    "backward fails": Habit(EITHER, entry="x = torch.tanh(x)\nx += 0.1"),
    "no batch of one": Habit(EITHER, entry="x = x.squeeze(0)\nassert x.ndim == 4"),
    "compares images": Habit(SHOWS, entry="x = x - 2 * x.mean(0, keepdim=True)"),
    "batch statistics": Habit(SHOWS, init="self.stats = nn.BatchNorm2d({c}, track_running_stats=False)", entry="x = self.stats(x)"),
    "batch norm left on": Habit(SHOWS, init="self.stats = nn.BatchNorm2d({c})", entry="self.stats.train()\nx = self.stats(x)"),
    "wrong error": Habit(EITHER, entry="undefined_name"),
    "wrong shape": Habit(EITHER, init="self.wrong = nn.Linear(7, 7)", exit="x = self.wrong(x.flatten(1)[:, :3])"),
    "switches gradients off": Habit(EITHER, after="torch.zeros(1).requires_grad_()", exit="torch.set_grad_enabled(False)"),
    "autocast": Habit(EITHER, entry="with torch.autocast('cpu', dtype=torch.bfloat16):\n    x = x @ torch.eye({w})\nx = x.float()"),
    "double by default": Habit(EITHER, entry="torch.set_default_dtype(torch.float64)", exit="torch.set_default_dtype(torch.float32)"),
}  # fmt: skip
PLAIN = [name for name, habit in HABITS.items() if habit.expected == RUNS]
STRANGE = [name for name in HABITS if name not in PLAIN]


def add(source: Source, name: str) -> Habit:
    """Puts the lines of a habit in their places."""
    habit, (h, w) = HABITS[name], source.size
    values = {"h": h, "w": w, "c": source.channels, "k": source.classes}

    def lines(text: str) -> list[str]:
        for key, value in values.items():
            text = text.replace(f"{{{key}}}", str(value))
        return text.splitlines()

    source.top += lines(habit.top)
    source.init += lines(habit.init)
    source.forward[:0] = lines(habit.entry)
    source.forward += lines(habit.exit)
    source.methods += ["\n".join(lines(habit.method))] if habit.method else []
    source.after += lines(habit.after)
    source.decorator = habit.decorator or source.decorator
    source.arguments = habit.arguments or source.arguments
    source.used.append(name)
    return habit
