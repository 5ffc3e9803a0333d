#include <array>

#include "framework/error.h"
#include "tests/cuda/parity.h"

// Convolutions of one to three dimensions against the CPU and against their definition, summed in double.
namespace fno::cuda_test {
namespace {

struct Case {
  const char* name;
  ConvGeometry g;
};

using Axes = std::array<int, 3>;

ConvGeometry geometry(int batch, int in, int out, Axes size, Axes kernel, Axes stride, Axes padding) {
  ConvGeometry g{};
  g.batch = batch, g.in = in, g.out = out;
  for (std::size_t a = 0; a < 3; ++a) {
    g.size[a] = size[a], g.kernel[a] = kernel[a], g.stride[a] = stride[a], g.padding[a] = padding[a];
    g.out_size[a] = (size[a] + 2 * padding[a] - kernel[a]) / stride[a] + 1;
  }
  return g;
}

constexpr Axes kOnes{1, 1, 1}, kNone{0, 0, 0};

std::vector<Case> cases() {
  std::vector<Case> all{
      {"one number", geometry(1, 1, 1, kOnes, kOnes, kOnes, kNone)},
      {"1x1, rows of packs", geometry(2, 3, 5, {1, 4, 6}, kOnes, kOnes, kNone)},
      {"1x1, ragged rows", geometry(2, 3, 2, {1, 3, 5}, kOnes, kOnes, kNone)},
      {"3x3", geometry(2, 2, 3, {1, 5, 4}, {1, 3, 3}, kOnes, {0, 1, 1})},
      {"1-D, stride 2, last column unread", geometry(1, 2, 3, {1, 1, 10}, {1, 1, 3}, {1, 1, 2}, kNone)},
      {"3-D, mixed strides", geometry(1, 2, 2, {3, 4, 5}, {2, 3, 3}, {1, 2, 3}, {1, 0, 2})},
      {"kernel narrower than the stride", geometry(2, 2, 3, {1, 5, 7}, {1, 2, 1}, {1, 3, 2}, kNone)}};
  if (slow_build()) {
    // The wide tile's two kernels.
    all.push_back({"1x1, 65 channels", geometry(1, 33, 65, {1, 2, 4}, kOnes, kOnes, kNone)});
    all.push_back({"1-D, 33 channels", geometry(1, 33, 34, {1, 1, 5}, {1, 1, 3}, kOnes, {0, 0, 1})});
    return all;
  }
  const std::vector<Case> large{
      {"1x1, several tiles each way", geometry(3, 35, 70, {1, 10, 12}, kOnes, kOnes, kNone)},
      {"1x1, 70 channels to 40", geometry(1, 70, 40, {1, 4, 6}, kOnes, kOnes, kNone)},
      {"1x1, 70 channels to 40, ragged", geometry(1, 70, 40, {1, 3, 5}, kOnes, kOnes, kNone)},
      {"1x1, several tiles, ragged", geometry(3, 18, 66, {1, 9, 11}, kOnes, kOnes, kNone)},
      {"1x1, many points", geometry(2, 3, 4, {1, 40, 36}, kOnes, kOnes, kNone)},
      {"1x1 with a border", geometry(1, 2, 2, {1, 3, 3}, kOnes, kOnes, {0, 1, 1})},
      {"1x1, stride 2", geometry(2, 3, 40, {1, 8, 7}, kOnes, {1, 2, 2}, kNone)},
      {"3x3, several tiles each way", geometry(2, 40, 68, {1, 13, 12}, {1, 3, 3}, kOnes, {0, 1, 1})},
      {"3x3, many points", geometry(2, 2, 3, {1, 33, 29}, {1, 3, 3}, kOnes, {0, 1, 1})},
      {"2x2, stride 2", geometry(2, 33, 34, {1, 8, 12}, {1, 2, 2}, {1, 2, 2}, kNone)},
      {"4x4, stride 2", geometry(1, 3, 36, {1, 10, 9}, {1, 4, 4}, {1, 2, 2}, {0, 1, 1})},
      {"3x3x3", geometry(2, 5, 6, {6, 5, 7}, {3, 3, 3}, kOnes, kOnes)},
      {"3-D, stride 2", geometry(1, 4, 33, {6, 7, 6}, {3, 3, 3}, {2, 2, 2}, {1, 1, 1})},
      {"1-D, wide kernel and border", geometry(3, 2, 2, {1, 1, 23}, {1, 1, 9}, kOnes, {0, 0, 8})}};
  all.insert(all.end(), large.begin(), large.end());
  return all;
}

// Calls visit(b, o, i, p, q, t) with indices of y, x and w for every product of the convolution.
template <class Visit>
void each_product(const ConvGeometry& g, Visit visit) {
  const auto at = [](const int* size, int z, int y, int x) { return (z * size[1] + y) * size[2] + x; };
  const int points = static_cast<int>(g.points()), out_points = static_cast<int>(g.out_points());
  for (int oz = 0; oz < g.out_size[0]; ++oz)
    for (int oy = 0; oy < g.out_size[1]; ++oy)
      for (int ox = 0; ox < g.out_size[2]; ++ox)
        for (int tz = 0; tz < g.kernel[0]; ++tz)
          for (int ty = 0; ty < g.kernel[1]; ++ty)
            for (int tx = 0; tx < g.kernel[2]; ++tx) {
              const int z = oz * g.stride[0] + tz - g.padding[0], y = oy * g.stride[1] + ty - g.padding[1],
                        x = ox * g.stride[2] + tx - g.padding[2];
              if (z < 0 || z >= g.size[0] || y < 0 || y >= g.size[1] || x < 0 || x >= g.size[2]) continue;
              const int p = at(g.out_size, oz, oy, ox), q = at(g.size, z, y, x), t = at(g.kernel, tz, ty, tx);
              for (int b = 0; b < g.batch; ++b)
                for (int o = 0; o < g.out; ++o)
                  for (int i = 0; i < g.in; ++i)
                    visit(static_cast<std::size_t>((b * g.out + o) * out_points + p),
                          static_cast<std::size_t>((b * g.in + i) * points + q),
                          static_cast<std::size_t>((o * g.in + i) * g.taps() + t));
            }
}

struct Sizes {
  std::size_t x, y, w, in, out;
  explicit Sizes(const ConvGeometry& g)
      : x(static_cast<std::size_t>(g.batch * g.in * g.points())),
        y(static_cast<std::size_t>(g.batch * g.out * g.out_points())),
        w(static_cast<std::size_t>(g.out * g.in * g.taps())),
        in(static_cast<std::size_t>(g.in)),
        out(static_cast<std::size_t>(g.out)) {}
};

template <class T>
void forward(const Case& one, bool with_bias) {
  const ConvGeometry& g = one.g;
  const Sizes size(g);
  const auto x_values = noise<T>(size.x, 1), w_values = noise<T>(size.w, 2), bias_values = noise<T>(size.out, 3);
  std::vector<double> oracle(size.y);
  if (with_bias)
    for (std::size_t e = 0; e < size.y; ++e)
      oracle[e] = bias_values[e / static_cast<std::size_t>(g.out_points()) % size.out];
  each_product(g, [&](std::size_t y, std::size_t x, std::size_t w) {
    oracle[y] += static_cast<double>(w_values[w]) * x_values[x];
  });
  const auto run = [&](auto& place) {
    auto x = place.array(x_values);
    auto w = place.array(w_values);
    auto bias = place.array(bias_values);
    auto y = place.template room<T>(size.y);
    place.run(Conv<T>{g, x.data(), w.data(), with_bias ? bias.data() : nullptr, y.data()});
    return y.to_host();
  };
  expect_parity<T>(std::string("Conv, ") + one.name, run, oracle);
}

template <class T>
void input_grad(const Case& one, bool with_bias) {
  const ConvGeometry& g = one.g;
  const Sizes size(g);
  const auto dy_values = noise<T>(size.y, 4), w_values = noise<T>(size.w, 5), bias_values = noise<T>(size.in, 6);
  std::vector<double> oracle(size.x);
  if (with_bias)
    for (std::size_t e = 0; e < size.x; ++e)
      oracle[e] = bias_values[e / static_cast<std::size_t>(g.points()) % size.in];
  each_product(g, [&](std::size_t y, std::size_t x, std::size_t w) {
    oracle[x] += static_cast<double>(w_values[w]) * dy_values[y];
  });
  const auto run = [&](auto& place) {
    auto dy = place.array(dy_values);
    auto w = place.array(w_values);
    auto bias = place.array(bias_values);
    auto dx = place.template room<T>(size.x);
    place.run(ConvInputGrad<T>{g, dy.data(), w.data(), with_bias ? bias.data() : nullptr, dx.data()});
    return dx.to_host();
  };
  expect_parity<T>(std::string("ConvInputGrad, ") + one.name, run, oracle);
}

template <class T>
void weight_grad(const Case& one) {
  const ConvGeometry& g = one.g;
  const Sizes size(g);
  const auto x_values = noise<T>(size.x, 7), dy_values = noise<T>(size.y, 8);
  std::vector<double> oracle(size.w);
  each_product(g, [&](std::size_t y, std::size_t x, std::size_t w) {
    oracle[w] += static_cast<double>(x_values[x]) * dy_values[y];
  });
  const auto run = [&](auto& place) {
    auto x = place.array(x_values);
    auto dy = place.array(dy_values);
    auto dw = place.template room<T>(size.w);
    place.run(ConvWeightGrad<T>{g, x.data(), dy.data(), dw.data()});
    return dw.to_host();
  };
  expect_parity<T>(std::string("ConvWeightGrad, ") + one.name, run, oracle);
}

TEST(CudaConv, Forward) {
  bool with_bias = false;
  for (const Case& one : cases()) {
    with_bias = !with_bias;
    ASSERT_NO_FATAL_FAILURE(forward<float>(one, with_bias));
    ASSERT_NO_FATAL_FAILURE(forward<double>(one, !with_bias));
  }
}

TEST(CudaConv, InputGrad) {
  bool with_bias = false;
  for (const Case& one : cases()) {
    with_bias = !with_bias;
    ASSERT_NO_FATAL_FAILURE(input_grad<float>(one, with_bias));
    ASSERT_NO_FATAL_FAILURE(input_grad<double>(one, !with_bias));
  }
}

TEST(CudaConv, WeightGrad) {
  for (const Case& one : cases()) {
    ASSERT_NO_FATAL_FAILURE(weight_grad<float>(one));
    ASSERT_NO_FATAL_FAILURE(weight_grad<double>(one));
  }
  // Pieces of more than 16 steps, the last one short.
  if (!slow_build()) {
    const Case many{"5 tiles of channels by 60 of rows",
                    geometry(3, 430, 260, {1, 9, 17}, {1, 3, 3}, kOnes, {0, 1, 1})};
    OnCpu cpu;
    OnCuda device;
    const Sizes size(many.g);
    const auto x_values = noise<float>(size.x, 7), dy_values = noise<float>(size.y, 8);
    const auto run = [&](auto& place) {
      auto x = place.array(x_values);
      auto dy = place.array(dy_values);
      auto dw = place.template room<float>(size.w);
      place.run(ConvWeightGrad<float>{many.g, x.data(), dy.data(), dw.data()});
      return reals(dw.to_host());
    };
    expect_close(run(device), run(cpu), kTolerance<float>);
  }
}

// The operands of a plain product, but not at multiples of 16 bytes: read one by one.
template <class T>
void unaligned() {
  const ConvGeometry g = geometry(1, 3, 2, {1, 2, 4}, kOnes, kOnes, kNone);
  const Sizes size(g);
  const auto x_values = noise<T>(size.x + 1, 9), w_values = noise<T>(size.w + 1, 10);
  const auto run = [&](auto& place) {
    auto x = place.array(x_values);
    auto w = place.array(w_values);
    auto y = place.array(std::vector<T>(size.y + 1)), dw = place.array(std::vector<T>(size.w + 1));
    place.run(Conv<T>{g, x.data() + 1, w.data() + 1, nullptr, y.data() + 1});
    place.run(ConvWeightGrad<T>{g, x.data() + 1, y.data() + 1, dw.data() + 1});
    return dw.to_host();
  };
  expect_parity<T>("unaligned", run);
}
TEST(CudaConv, UnalignedRows) {
  unaligned<float>();
  unaligned<double>();
}

template <class T>
void channel_sum(int batch, int channels, int points) {
  const auto x_values = noise<T>(static_cast<std::size_t>(batch * channels * points), 11);
  std::vector<double> oracle(static_cast<std::size_t>(channels));
  for (std::size_t e = 0; e < x_values.size(); ++e)
    oracle[e / static_cast<std::size_t>(points) % oracle.size()] += static_cast<double>(x_values[e]);
  const auto run = [&](auto& place) {
    auto x = place.array(x_values);
    auto sum = place.template room<T>(oracle.size());
    place.run(ChannelSum<T>{x.data(), sum.data(), batch, channels, points});
    return sum.to_host();
  };
  expect_parity<T>("ChannelSum of " + std::to_string(points), run, oracle);
}

TEST(CudaConv, ChannelSum) {
  for (const auto& [batch, channels, points] :
       {Axes{1, 1, 1}, Axes{2, 3, 31}, Axes{40, 5, 3}, Axes{3, 2, 257}, Axes{2, 2, 8193}}) {
    if (slow_build() && points > 300) break;
    ASSERT_NO_FATAL_FAILURE(channel_sum<float>(batch, channels, points));
    ASSERT_NO_FATAL_FAILURE(channel_sum<double>(batch, channels, points));
  }
}

// Refused in one line before anything is launched: extents beyond what kernels count with.
TEST(CudaConv, RefusesWhatIntsCannotCount) {
  OnCuda device;
  const ConvGeometry g = geometry(40000, 1, 1, {1, 300, 300}, {1, 3, 3}, kOnes, {0, 1, 1});
  const auto message = [&](const auto& job) -> std::string {
    try {
      device.run(job);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::device ? error.what() : "another kind";
    }
    return "nothing thrown";
  };
  const std::string expected = "convolution: batch times grid points is 3600000000";
  EXPECT_EQ(message(Conv<float>{g, nullptr, nullptr, nullptr, nullptr}).substr(0, expected.size()), expected);
  EXPECT_EQ(message(ConvInputGrad<float>{g, nullptr, nullptr, nullptr, nullptr}).substr(0, expected.size()), expected);
  EXPECT_EQ(message(ConvWeightGrad<float>{g, nullptr, nullptr, nullptr}).substr(0, expected.size()), expected);
}

}  // namespace
}  // namespace fno::cuda_test
