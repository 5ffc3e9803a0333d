#include "framework/ops/broadcast.h"

#include <algorithm>

namespace fno {

Broadcasting broadcast(const Shape& a, const Shape& b) {
  Broadcasting r;
  const int rank = std::max(a.rank(), b.rank());
  for (int axis = 0; axis < rank; ++axis) r.shape.push_back(1);
  std::int64_t a_stride[kMaxAxes] = {}, b_stride[kMaxAxes] = {};
  const auto place = [&](const Shape& s, std::int64_t* stride) {
    std::int64_t step = 1;
    for (int axis = s.rank() - 1; axis >= 0; step *= s[axis--]) {
      std::int64_t& extent = r.shape[axis + rank - s.rank()];
      require<ErrorKind::config>(s[axis] == extent || extent == 1 || s[axis] == 1, "broadcast: shapes ", a, " and ", b,
                                 " do not fit");
      if (s[axis] != 1) extent = s[axis];
      stride[axis + rank - s.rank()] = s[axis] == 1 ? 0 : step;
    }
  };
  place(a, a_stride);
  place(b, b_stride);
  for (int axis = 0; axis < rank; ++axis) r.pair.add(r.shape[axis], a_stride[axis], b_stride[axis]);
  return r;
}

Tensor reduced(const Tensor& x, const std::vector<bool>& kept, Shape result, double scale) {
  Tensor y(std::move(result), x.dtype(), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    Reduce<T> job{.x = x.data<T>(), .y = y.data<T>(), .axes = x.rank(), .size = {}, .keep = {}, .scale = scale};
    for (int axis = 0; axis < x.rank(); ++axis) {
      job.size[axis] = x.shape(axis);
      job.keep[axis] = kept[static_cast<std::size_t>(axis)];
    }
    x.device().run(job);
  });
  return y;
}

Tensor unbroadcast(const Tensor& grad, const Shape& shape) {
  if (grad.shape() == shape) return grad;
  if (is_complex(grad.dtype())) {
    Shape pairs = shape;
    pairs.push_back(2);
    return unbroadcast(grad.as_real(), pairs).as_complex();
  }
  std::vector<bool> kept(static_cast<std::size_t>(grad.rank()));
  const int ahead = grad.rank() - shape.rank();
  for (int axis = 0; axis < grad.rank(); ++axis)
    kept[static_cast<std::size_t>(axis)] = axis >= ahead && shape[axis - ahead] == grad.shape(axis);
  return reduced(grad, kept, shape, 1.0);
}

}  // namespace fno
