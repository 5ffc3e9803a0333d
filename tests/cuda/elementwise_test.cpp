#include <limits>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

using Sizes = std::vector<std::int64_t>;

std::int64_t product(const Sizes& size) {
  std::int64_t n = 1;
  for (const std::int64_t s : size) n *= s;
  return n;
}

// Elements an array with these strides needs.
std::size_t extent(const Sizes& size, const Sizes& stride) {
  std::int64_t last = 0;
  for (std::size_t a = 0; a < size.size(); ++a) last += (size[a] - 1) * stride[a];
  return static_cast<std::size_t>(last + 1);
}

// Row-major strides, 0 where `repeat` says so.
Sizes strides(const Sizes& size, const std::vector<bool>& repeat) {
  Sizes stride(size.size());
  std::int64_t next = 1;
  for (std::size_t a = size.size(); a-- > 0;) {
    stride[a] = repeat[a] ? 0 : next;
    if (!repeat[a]) next *= size[a];
  }
  return stride;
}

// Offset of a row-major index, the plain way.
std::size_t offset(std::int64_t index, const Sizes& size, const Sizes& stride) {
  std::int64_t at = 0;
  for (std::size_t a = size.size(); a-- > 0; index /= size[a]) at += index % size[a] * stride[a];
  return static_cast<std::size_t>(at);
}

struct Shape {
  const char* name;
  Sizes size, a, b;
};

std::vector<Shape> shapes() {
  const auto shape = [](const char* name, const Sizes& size, const std::vector<bool>& repeat_b) {
    return Shape{name, size, strides(size, std::vector<bool>(size.size())), strides(size, repeat_b)};
  };
  std::vector<Shape> list{{"scalars", {}, {}, {}},
                          shape("flat", {261}, {false}),
                          shape("channel", {2, 3, 5, 7}, {true, false, true, true}),
                          {"transposed", {6, 7}, {1, 6}, {7, 1}}};
  if (slow_build()) return list;
  list.push_back(shape("more than a grid", {9001}, {false}));
  list.push_back(shape("one number", {257}, {true}));
  list.push_back(shape("six axes", {2, 1, 3, 2, 1, 4}, {false, true, true, false, false, true}));
  list.push_back(shape("rows", {33, 65}, {true, false}));
  return list;
}

StridedPair pair(const Shape& shape) {
  StridedPair result;
  for (std::size_t axis = 0; axis < shape.size.size(); ++axis)
    result.add(shape.size[axis], shape.a[axis], shape.b[axis]);
  return result;
}

template <class T>
void binary_is_near() {
  const BinaryOp ops[] = {BinaryOp::add, BinaryOp::subtract, BinaryOp::multiply, BinaryOp::divide};
  for (const Shape& shape : shapes())
    for (const BinaryOp op : ops) {
      const auto n = product(shape.size);
      const auto a_values = noise<T>(extent(shape.size, shape.a), 1);
      auto b_values = noise<T>(extent(shape.size, shape.b), 2);
      for (T& v : b_values) v += v < 0 ? T(-0.5) : T(0.5);
      std::vector<double> oracle;
      for (std::int64_t i = 0; i < n; ++i) {
        const double a = a_values[offset(i, shape.size, shape.a)], b = b_values[offset(i, shape.size, shape.b)];
        oracle.push_back(op == BinaryOp::add        ? a + b
                         : op == BinaryOp::subtract ? a - b
                         : op == BinaryOp::multiply ? a * b
                                                    : a / b);
      }
      expect_parity<T>(
          std::string(shape.name) + ", op " + std::to_string(static_cast<int>(op)),
          [&](auto& place) {
            auto a = place.array(a_values), b = place.array(b_values);
            auto y = place.template room<T>(static_cast<std::size_t>(n));
            place.run(Binary<T>{.op = op, .a = a.data(), .b = b.data(), .y = y.data(), .pair = pair(shape)});
            return y.to_host();
          },
          oracle);
    }
}
TEST(CudaBinary, BroadcastsInFloat) { binary_is_near<float>(); }
TEST(CudaBinary, BroadcastsInDouble) { binary_is_near<double>(); }

template <class T>
void copies_are_exact() {
  for (const Shape& shape : shapes())
    for (const bool repeats : {false, true}) {  // reads an element more than once
      const Sizes to_strides = strides(shape.size, std::vector<bool>(shape.size.size()));
      const Shape copied{shape.name, shape.size, repeats ? shape.b : shape.a, to_strides};
      const auto from_values = noise<T>(extent(copied.size, copied.a), 1);
      std::vector<double> oracle;
      for (std::int64_t i = 0; i < product(shape.size); ++i)
        oracle.push_back(from_values[offset(i, copied.size, copied.a)]);
      expect_parity<T>(
          shape.name,
          [&](auto& place) {
            auto from = place.array(from_values);
            auto to = place.template room<T>(oracle.size());
            place.run(StridedCopy<T>{.from = from.data(), .to = to.data(), .pair = pair(copied)});
            return to.to_host();
          },
          oracle);
    }
}
TEST(CudaStridedCopy, InFloat) { copies_are_exact<float>(); }
TEST(CudaStridedCopy, InDouble) { copies_are_exact<double>(); }

// A box inside a larger array: what lies around it stays as it was.
TEST(CudaStridedCopy, LeavesTheRestAlone) {
  OnCuda device;
  auto from = device.array(noise<float>(6, 1)), to = device.array(std::vector<float>(20, 7.0f));
  device.run(
      StridedCopy<float>{.from = from.data(), .to = to.data() + 6, .pair = pair({"box", {2, 3}, {3, 1}, {5, 1}})});
  const std::vector<float> expected = noise<float>(6, 1), got = to.to_host();
  for (std::size_t i = 0; i < 20; ++i) {
    const bool inside = (i >= 6 && i < 9) || (i >= 11 && i < 14);
    EXPECT_EQ(got[i], inside ? expected[i < 9 ? i - 6 : i - 8] : 7.0f) << i;
  }
}

template <class T>
void scale_is_near() {
  for (const std::int64_t n : slow_build() ? Sizes{261} : Sizes{1, 256, 261, 9001})
    for (const bool with_x : {false, true})
      for (const double b : {0.0, -1.5}) {
        const auto x_values = noise<T>(static_cast<std::size_t>(n), 1), y_values = noise<T>(x_values.size(), 2);
        std::vector<double> oracle;
        for (std::size_t i = 0; i < x_values.size(); ++i)
          oracle.push_back((with_x ? 2.5 * x_values[i] : 0) + b * y_values[i] + 0.25);
        expect_parity<T>(
            "scale of " + std::to_string(n),
            [&](auto& place) {
              auto x = place.array(x_values);
              const std::vector<T> unread(y_values.size(), std::numeric_limits<T>::quiet_NaN());
              auto y = place.array(b == 0 ? unread : y_values);
              place.run(Scale<T>{with_x ? x.data() : nullptr, y.data(), T(2.5), static_cast<T>(b), T(0.25), n});
              return y.to_host();
            },
            oracle);
      }
}
TEST(CudaScale, InFloat) { scale_is_near<float>(); }
TEST(CudaScale, InDouble) { scale_is_near<double>(); }

}  // namespace
}  // namespace fno::cuda_test
