#include "framework/ops/shape.h"

#include <algorithm>

#include "framework/ops/elementwise.h"

namespace fno {
namespace {

using Strides = std::array<std::int64_t, kMaxAxes>;

Strides contiguous(const Shape& shape) {
  Strides s{};
  std::int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; step *= shape[axis--]) s[static_cast<std::size_t>(axis)] = step;
  return s;
}

// to[offset_to + Σ i·st] = from[offset_from + Σ i·sf] for i below `size`; offsets and strides count elements.
void copy_block(const Tensor& from, std::int64_t offset_from, const Strides& sf, const Tensor& to,
                std::int64_t offset_to, const Strides& st, const Shape& size) {
  if (size.size() == 0) return;
  const std::int64_t parts = is_complex(from.dtype()) ? 2 : 1;
  with_real(from.dtype(), [&]<class T>(T) {
    StridedCopy<T> job{
        .from = from.data<T>() + offset_from * parts, .to = to.data<T>() + offset_to * parts, .pair = {}};
    bool room = true;
    for (int axis = 0; axis < size.rank(); ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      room = room && job.pair.add(size[axis], sf[i] * parts, st[i] * parts);
    }
    // The two parts of a complex number are an axis of their own.
    require<ErrorKind::config>(room && job.pair.add(parts, 1, 1), "copy: a complex tensor ", from.shape(),
                               " has at most ", kMaxAxes - 1, " axes that change places");
    from.device().run(job);
  });
}

int checked_axis(const char* op, int axis, int rank) {
  const int at = axis < 0 ? axis + rank : axis;
  require<ErrorKind::config>(at >= 0 && at < rank, op, ": axis ", axis, " of a tensor with ", rank, " axes");
  return at;
}

Tensor permuted(const Tensor& x, const std::vector<int>& order) {
  Shape shape;
  Strides from{};
  const Strides all = contiguous(x.shape());
  for (std::size_t i = 0; i < order.size(); ++i) {
    shape.push_back(x.shape(order[i]));
    from[i] = all[static_cast<std::size_t>(order[i])];
  }
  Tensor y(shape, x.dtype(), x.device());
  copy_block(x, 0, from, y, 0, contiguous(shape), shape);
  return y;
}

Tensor sliced(const Tensor& x, int axis, std::int64_t first, std::int64_t last) {
  Shape shape = x.shape();
  shape[axis] = last - first;
  Tensor y(shape, x.dtype(), x.device());
  const Strides from = contiguous(x.shape());
  copy_block(x, first * from[static_cast<std::size_t>(axis)], from, y, 0, contiguous(shape), shape);
  return y;
}

// Axis by axis, shift[axis] in 0 … n-1.
Tensor rolled(const Tensor& x, const Strides& shift) {
  struct Block {
    std::int64_t from, to;
    Shape size;
  };
  const Strides step = contiguous(x.shape());
  std::vector<Block> blocks{{0, 0, x.shape()}};
  for (int axis = 0; axis < x.rank(); ++axis) {
    const std::int64_t by = shift[static_cast<std::size_t>(axis)], n = x.shape(axis);
    if (by == 0) continue;
    std::vector<Block> parted;
    for (const Block& block : blocks) {
      Block stays = block, wraps = block;  // the first n - by entries, and those pushed out
      stays.size[axis] = n - by;
      stays.to += by * step[static_cast<std::size_t>(axis)];
      wraps.size[axis] = by;
      wraps.from += (n - by) * step[static_cast<std::size_t>(axis)];
      parted.push_back(stays);
      parted.push_back(wraps);
    }
    blocks = std::move(parted);
  }
  Tensor y(x.shape(), x.dtype(), x.device());
  for (const Block& block : blocks) copy_block(x, block.from, step, y, block.to, step, block.size);
  return y;
}

}  // namespace

Var reshape(const Var& x, Shape shape) {
  const Shape before = x.shape();
  return record(x.value().reshape(std::move(shape)), {x},
                [before](const Tensor& dy, const Grads& grads) { grads.add(0, dy.reshape(before)); });
}

Var permute(const Var& x, const std::vector<int>& order) {
  const auto rank = static_cast<std::size_t>(x.shape().rank());
  std::vector<int> back(rank, -1);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] >= 0 && static_cast<std::size_t>(order[i]) < rank)
      back[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  bool complete = order.size() == rank;
  for (const int at : back) complete = complete && at >= 0;
  require<ErrorKind::config>(complete, "permute: the order must name each of the ", rank, " axes once");
  return record(permuted(x.value(), order), {x},
                [back](const Tensor& dy, const Grads& grads) { grads.add(0, permuted(dy, back)); });
}

Var concat(const std::vector<Var>& parts, int axis) {
  require<ErrorKind::config>(!parts.empty(), "concat: nothing to join");
  const int at = checked_axis("concat", axis, parts[0].shape().rank());
  Shape shape = parts[0].shape();
  std::vector<std::int64_t> begin{0};
  for (const Var& part : parts) {
    require_alike("concat", parts[0], part);
    Shape other = part.shape();
    bool fits = other.rank() == shape.rank();
    if (fits) {
      begin.push_back(begin.back() + other[at]);
      other[at] = shape[at];
      fits = other == shape;
    }
    require<ErrorKind::config>(fits, "concat: shapes ", parts[0].shape(), " and ", part.shape(), " along axis ", at);
  }
  shape[at] = begin.back();
  Tensor y(shape, parts[0].dtype(), parts[0].device());
  const Strides to = contiguous(shape);
  for (std::size_t i = 0; i < parts.size(); ++i)
    copy_block(parts[i].value(), 0, contiguous(parts[i].shape()), y, begin[i] * to[static_cast<std::size_t>(at)], to,
               parts[i].shape());
  return record(std::move(y), parts, [at, begin](const Tensor& dy, const Grads& grads) {
    for (std::size_t i = 0; i + 1 < begin.size(); ++i)
      if (grads.wants(i)) grads.add(i, sliced(dy, at, begin[i], begin[i + 1]));
  });
}

Var slice(const Var& x, int axis, std::int64_t first, std::int64_t last) {
  const int at = checked_axis("slice", axis, x.shape().rank());
  require<ErrorKind::config>(0 <= first && first <= last && last <= x.shape(at), "slice: entries ", first, " … ", last,
                             " of axis ", at, " of shape ", x.shape());
  const Shape full = x.shape();
  return record(sliced(x.value(), at, first, last), {x}, [full, at, first](const Tensor& dy, const Grads& grads) {
    Tensor dx = Tensor::zeros(full, dy.dtype(), dy.device());
    const Strides to = contiguous(full);
    copy_block(dy, 0, contiguous(dy.shape()), dx, first * to[static_cast<std::size_t>(at)], to, dy.shape());
    grads.add(0, dx);
  });
}

Var roll(const Var& x, const std::vector<std::int64_t>& shifts, const std::vector<int>& axes) {
  require<ErrorKind::config>(shifts.size() == axes.size(), "roll: ", shifts.size(), " shifts for ", axes.size(),
                             " axes");
  Strides there{}, back{};
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const int axis = checked_axis("roll", axes[k], x.shape().rank());
    const std::int64_t n = std::max<std::int64_t>(1, x.shape(axis));
    std::int64_t& by = there[static_cast<std::size_t>(axis)];
    by = ((by + shifts[k]) % n + n) % n;
    back[static_cast<std::size_t>(axis)] = (n - by) % n;
  }
  return record(rolled(x.value(), there), {x},
                [back](const Tensor& dy, const Grads& grads) { grads.add(0, rolled(dy, back)); });
}

}  // namespace fno
