"""LoRA training of a llama-like model in PyTorch on the CPU, to compare with: prints tokens/s and memory as one line of JSON.

usage: lora_torch.py SHAPE f32|bf16 LENGTH BATCH RANK STEPS THREADS lora|full
SHAPE is embedding,feedforward,layers,heads,vocabulary. The second half of each sequence is learned. Debian: python3-torch, libopenblas0-pthread.
"""
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F

shape, precision, length, batch, rank, steps, threads, kind = sys.argv[1:9]
embedding, feedforward, layers, heads, vocabulary = map(int, shape.split(","))
length, batch, rank, steps, threads = map(int, (length, batch, rank, steps, threads))
torch.set_num_threads(threads)
torch.manual_seed(1)
dtype = torch.bfloat16 if precision == "bf16" else torch.float32
is_lora = kind == "lora"
trained = []


def weight(rows, columns):
    value = (torch.randn(rows, columns) / math.sqrt(columns))
    if is_lora:
        return value.to(dtype)
    value.requires_grad_()
    trained.append(value)
    return value


class Linear:
    def __init__(self, columns, rows, adapted=True):
        self.weight = weight(rows, columns)
        self.adapted = adapted and is_lora
        if self.adapted:
            self.a = (torch.randn(rank, columns) / math.sqrt(columns)).requires_grad_()
            self.b = torch.zeros(rows, rank).requires_grad_()
            trained.extend((self.a, self.b))

    def __call__(self, x):
        y = F.linear(x, self.weight.to(dtype))
        if self.adapted:
            y = y + F.linear(F.linear(x, self.a.to(dtype)), self.b.to(dtype)) * 2.0
        return y


def norm(x, scale):
    x32 = x.float()
    return (x32 * torch.rsqrt(x32.pow(2).mean(-1, keepdim=True) + 1e-5) * scale).to(dtype)


class Layer:
    def __init__(self):
        self.n1, self.n2 = torch.ones(embedding), torch.ones(embedding)
        self.q, self.k, self.v, self.o = (Linear(embedding, embedding) for _ in range(4))
        self.gate, self.up, self.down = Linear(embedding, feedforward), Linear(embedding, feedforward), Linear(feedforward, embedding)

    def __call__(self, x):
        n = norm(x, self.n1)
        size = embedding // heads
        q, k, v = (t(n).view(batch, length, heads, size).transpose(1, 2) for t in (self.q, self.k, self.v))
        q, k = rotate(q), rotate(k)
        scores = (q @ k.transpose(-1, -2)).float() / math.sqrt(size) + mask
        o = (F.softmax(scores, -1).to(dtype) @ v).transpose(1, 2).reshape(batch, length, embedding)
        x = x + self.o(o)
        n = norm(x, self.n2)
        return x + self.down(F.silu(self.gate(n)) * self.up(n))


half = embedding // heads // 2
angles = torch.outer(torch.arange(length).float(), 10000.0 ** (-torch.arange(half).float() / half))
cos, sin = angles.cos(), angles.sin()
mask = torch.full((length, length), float("-inf")).triu(1)


def rotate(x):
    a, b = x.float().chunk(2, -1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), -1).to(dtype)


table = torch.randn(vocabulary, embedding)
if is_lora:
    table = table.to(dtype)
else:
    table.requires_grad_()
    trained.append(table)
stack = [Layer() for _ in range(layers)]
last = torch.ones(embedding)
head = Linear(embedding, vocabulary, adapted=False)
optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0)
tokens = torch.randint(3, 259, (8, batch, length + 1))
rates = []
for step in range(steps):
    started = time.perf_counter()
    now = tokens[step % len(tokens)]
    x = F.embedding(now[:, :-1], table).to(dtype)
    for layer in stack:
        x = layer(x)
    # Only what is learned goes through the head, as in the program that this is compared with.
    x = norm(x[:, length // 2:], last)
    loss = F.cross_entropy(head(x).float().flatten(0, 1), now[:, length // 2 + 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    if step >= steps // 4:
        rates.append(batch * length / (time.perf_counter() - started))
rates.sort()
print(json.dumps({"tokensPerSecond": rates[len(rates) // 2], "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "loss": loss.item(), "torch": torch.__version__}))
