#include <array>

#include "framework/cpu/device.h"
#include "framework/cpu/winograd_rule.h"
#include "framework/ops/conv.h"
#include "tests/support/near.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

struct Case {
  int batch, in, out, rows, columns, padding = 1;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.batch << " x " << c.in << " to " << c.out << " channels, " << c.rows << " x " << c.columns
             << ", padding " << c.padding;
}

ConvGeometry geometry(const Case& c) {
  const int y = c.rows + 2 * c.padding - 2, x = c.columns + 2 * c.padding - 2;
  return {c.batch, c.in, c.out, {1, c.rows, c.columns}, {1, 3, 3}, {1, 1, 1}, {0, c.padding, c.padding}, {1, y, x}};
}

const std::vector<Case> kTaken{{1, 16, 16, 12, 12},    {1, 17, 23, 9, 70},   {3, 16, 16, 5, 6},  {5, 64, 70, 8, 7},
                               {1, 16, 24, 70, 5},     {2, 130, 20, 11, 9},  {1, 11, 32, 33, 2}, {8, 20, 18, 4, 4},
                               {2, 16, 19, 14, 15, 0}, {2, 24, 16, 10, 7, 2}};
const std::vector<Case> kDirect{{16, 16, 8, 32, 32},  // too few channels on one side
                                {16, 4, 64, 32, 32},
                                {16, 15, 15, 64, 64},
                                {1, 64, 64, 8, 8},     // too few tiles
                                {16, 32, 32, 1, 64}};  // tiles mostly outside

struct Results {
  std::array<std::vector<double>, 3> of;  // y, dx, dw
};

struct Data {
  Tensor x, w, bias, dy;
  Data(const Case& c, Dtype real, const Device& device) : Data(geometry(c), real, device, Random(51)) {}
  Data(const ConvGeometry& g, Dtype real, const Device& device, Random random)
      : x(normal_tensor(random, {g.batch, g.in, g.size[1], g.size[2]}, real, device)),
        w(normal_tensor(random, {g.out, g.in, 3, 3}, real, device)),
        bias(normal_tensor(random, {g.out}, real, device)),
        dy(normal_tensor(random, {g.batch, g.out, g.out_size[1], g.out_size[2]}, real, device)) {}
};

Results computed(const Data& d, int padding) {
  const Var x = Var::leaf(d.x), w = Var::leaf(d.w);
  const Var y = conv(x, w, Var(d.bias), {.padding = padding});
  backward(y, d.dy);
  return {{host_values(y.value()), host_values(x.grad()), host_values(w.grad())}};
}

// The defining sums in double.
Results expected(const Data& d, const ConvGeometry& g) {
  const auto x = host_values(d.x), w = host_values(d.w), bias = host_values(d.bias), dy = host_values(d.dy);
  Results r{{std::vector<double>(dy.size()), std::vector<double>(x.size()), std::vector<double>(w.size())}};
  std::size_t at = 0;
  for (int b = 0; b < g.batch; ++b)
    for (int o = 0; o < g.out; ++o)
      for (int row = 0; row < g.out_size[1]; ++row)
        for (int column = 0; column < g.out_size[2]; ++column, ++at) {
          r.of[0][at] = bias[static_cast<std::size_t>(o)];
          for (int i = 0; i < g.in; ++i)
            for (int t = 0; t < 9; ++t) {
              const int from_row = row + t / 3 - g.padding[1], from_column = column + t % 3 - g.padding[2];
              if (from_row < 0 || from_row >= g.size[1] || from_column < 0 || from_column >= g.size[2]) continue;
              const auto p =
                  static_cast<std::size_t>(((b * g.in + i) * g.size[1] + from_row) * g.size[2] + from_column);
              const auto q = static_cast<std::size_t>((o * g.in + i) * 9 + t);
              r.of[0][at] += x[p] * w[q];
              r.of[1][p] += dy[at] * w[q];
              r.of[2][q] += dy[at] * x[p];
            }
        }
  return r;
}

TEST(Winograd, OutputAndBothGradientsAreTheDirectSums) {
  const Device device = cpu_device(2);
  for (const Case& c : kTaken)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c << " in " << real);
      ASSERT_TRUE(cpu::takes_winograd(geometry(c)));
      const Data data(c, real, device);
      const Results got = computed(data, c.padding), want = expected(data, geometry(c));
      EXPECT_TRUE(near_scaled(got.of[0], want.of[0], kOutput.of(real)));
      EXPECT_TRUE(near_scaled(got.of[1], want.of[1], kOutput.of(real)));
      EXPECT_TRUE(near_scaled(got.of[2], want.of[2], kGradient.of(real)));
    }
}

// Where every sum has one term at most, direct kernels give that term exactly and the roundings of transforms show.
TEST(Winograd, RunsWhereTheRuleNamesIt) {
  const Device device = cpu_device(1);
  const auto check = [&](const Case& c, bool taken) {
    SCOPED_TRACE(testing::Message() << c);
    const ConvGeometry g = geometry(c);
    EXPECT_EQ(cpu::takes_winograd(g), taken);
    Data data(c, Dtype::float32, device);
    const auto spike = [&](const Shape& shape, std::int64_t at) {
      std::vector<float> values(static_cast<std::size_t>(shape.size()), 0.0f);
      values[static_cast<std::size_t>(at)] = 1;
      return Tensor::from(values, shape, device);
    };
    data.bias = Tensor::zeros({c.out}, Dtype::float32, device);
    const Tensor x = data.x;
    data.x = spike(x.shape(), 1);  // y has the weights of channel 0
    EXPECT_EQ(computed(data, c.padding).of[0] != expected(data, g).of[0], taken);
    data.x = x;
    data.dy = spike(data.dy.shape(), 1);  // dx has those of output 0, dw a window of x
    const Results got = computed(data, c.padding), want = expected(data, g);
    EXPECT_EQ(got.of[1] != want.of[1], taken);
    EXPECT_EQ(got.of[2] != want.of[2], taken);
  };
  for (const Case& c : kTaken) check(c, true);
  for (const Case& c : kDirect) check(c, false);
}

TEST(Winograd, BitsDoNotDependOnTheNumberOfThreads) {
  for (const Case& c : {Case{8, 130, 40, 8, 9}, Case{3, 20, 16, 40, 23}, Case{16, 32, 32, 8, 8}}) {
    SCOPED_TRACE(testing::Message() << c);
    const auto one = computed(Data(c, Dtype::float32, cpu_device(1)), c.padding).of;
    for (const int threads : {2, 3, 7}) {
      EXPECT_EQ(one, computed(Data(c, Dtype::float32, cpu_device(threads)), c.padding).of);
    }
  }
}

}  // namespace
}  // namespace fno::test
