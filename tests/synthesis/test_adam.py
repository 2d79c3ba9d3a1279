"""Our Adam against torch's."""

import torch

from audit.synthesis.adam import Adam


def test_steps_are_those_of_torch():
    target = torch.randn(4, 7, generator=torch.Generator().manual_seed(0))
    ours, theirs = torch.zeros(4, 7), torch.zeros(4, 7, requires_grad=True)
    adam = Adam(ours)
    reference = torch.optim.Adam([theirs], lr=0.1, eps=1e-12, maximize=True)
    for step in range(30):
        rate = 0.1 / (1 + step)
        adam.ascend(-2 * (ours - target) * 10.0 ** torch.arange(7), rate)
        reference.param_groups[0]["lr"] = rate
        reference.zero_grad()
        (-((theirs - target) ** 2) * 10.0 ** torch.arange(7)).sum().backward()
        reference.step()
    torch.testing.assert_close(ours, theirs.detach(), atol=1e-5, rtol=1e-4)
