#include "cuda/libraries/vendor.h"

#include <array>

#include "tests/cuda/parity.h"

// The jobs that a library runs, against the CPU backend. On a real device with the real libraries. In emulation with
// stand-ins (fake_*.cpp) that do by their documentation what they are asked, so what is tested there is our questions.
namespace fno::cuda_test {
namespace {

using cuda::VendorLibraries;
using Axes = std::array<int, 3>;

class OnVendor : public OnCuda {
 public:
  template <class Job>
  void run(const Job& job) {
    ASSERT_TRUE(libraries_.run(job)) << "the library left the job to us";
    cu::check(cu::stream_synchronize(context_.stream()));
  }

 private:
  VendorLibraries libraries_{context_, CudaLibraries::vendor};
};

template <class T, class Case>
void expect_parity_of_library(const std::string& name, const Case& run) {
  SCOPED_TRACE(name);
  OnCpu cpu;
  OnVendor vendor;
  const std::vector<double> got = reals(run(vendor));
  ASSERT_NO_FATAL_FAILURE(expect_close(got, reals(run(cpu)), kTolerance<T>));
  const std::vector<double> again = reals(run(vendor));
  ASSERT_EQ(std::memcmp(got.data(), again.data(), got.size() * sizeof(double)), 0) << "other bits in the second run";
}

#define FNO_NEEDS(library) \
  if (!(library).usable()) GTEST_SKIP() << (library).name << ": " << (library).problem

ConvGeometry geometry(int batch, int in, int out, Axes size, Axes kernel, Axes stride, Axes padding) {
  ConvGeometry g{};
  g.batch = batch, g.in = in, g.out = out;
  for (std::size_t a = 0; a < 3; ++a) {
    g.size[a] = size[a], g.kernel[a] = kernel[a], g.stride[a] = stride[a], g.padding[a] = padding[a];
    g.out_size[a] = (size[a] + 2 * padding[a] - kernel[a]) / stride[a] + 1;
  }
  return g;
}

template <class T>
void convolutions(const ConvGeometry& g) {
  const auto x_values = noise<T>(static_cast<std::size_t>(g.batch * g.in * g.points()), 1);
  const auto dy_values = noise<T>(static_cast<std::size_t>(g.batch * g.out * g.out_points()), 2);
  const auto w_values = noise<T>(static_cast<std::size_t>(g.out * g.in * g.taps()), 3);
  const auto bias_values = noise<T>(static_cast<std::size_t>(std::max(g.in, g.out)), 4);
  for (const bool with_bias : {false, true}) {
    expect_parity_of_library<T>(with_bias ? "Conv with bias" : "Conv", [&](auto& place) {
      auto x = place.array(x_values);
      auto w = place.array(w_values);
      auto bias = place.array(bias_values);
      auto y = place.template room<T>(dy_values.size());
      place.run(Conv<T>{g, x.data(), w.data(), with_bias ? bias.data() : nullptr, y.data()});
      return y.to_host();
    });
    expect_parity_of_library<T>(with_bias ? "ConvInputGrad with bias" : "ConvInputGrad", [&](auto& place) {
      auto dy = place.array(dy_values);
      auto w = place.array(w_values);
      auto bias = place.array(bias_values);
      auto dx = place.template room<T>(x_values.size());
      place.run(ConvInputGrad<T>{g, dy.data(), w.data(), with_bias ? bias.data() : nullptr, dx.data()});
      return dx.to_host();
    });
  }
  expect_parity_of_library<T>("ConvWeightGrad", [&](auto& place) {
    auto x = place.array(x_values);
    auto dy = place.array(dy_values);
    auto dw = place.template room<T>(w_values.size());
    place.run(ConvWeightGrad<T>{g, x.data(), dy.data(), dw.data()});
    return dw.to_host();
  });
}

constexpr Axes kOnes{1, 1, 1}, kNone{0, 0, 0};

TEST(CudaVendor, PointwiseConvolutionsByCublas) {
  FNO_NEEDS(cuda::cublas());
  for (const ConvGeometry& g :
       {geometry(1, 1, 1, kOnes, kOnes, kOnes, kNone), geometry(2, 3, 5, {1, 4, 6}, kOnes, kOnes, kNone),
        geometry(3, 7, 2, {2, 3, 5}, kOnes, kOnes, kNone)}) {
    convolutions<float>(g);
    convolutions<double>(g);
  }
}

TEST(CudaVendor, OtherConvolutionsByCudnn) {
  FNO_NEEDS(cuda::cudnn());
  for (const ConvGeometry& g : {geometry(2, 2, 3, {1, 5, 4}, {1, 3, 3}, kOnes, {0, 1, 1}),
                                geometry(1, 3, 2, {1, 1, 10}, {1, 1, 3}, {1, 1, 2}, kNone),
                                geometry(2, 3, 2, {1, 6, 4}, {1, 2, 2}, {1, 2, 2}, kNone),
                                geometry(1, 2, 2, {3, 4, 5}, {2, 3, 3}, kOnes, {1, 1, 1})}) {
    convolutions<float>(g);
    convolutions<double>(g);
  }
}

template <class T>
void mixing(int batch, int in, int out, int modes) {
  ModeSet set;
  set.size = {1, 1, 2 * modes};
  set.frequency[2].clear();
  for (int k = 0; k < modes; ++k) {
    set.frequency[2].push_back(k);
    set.weight_index.push_back(k);
  }
  set.weight_modes = modes;
  const auto count = [](int a, int b, int c) { return static_cast<std::size_t>(a * b * c); };
  const auto x_values = complex_noise<T>(count(modes, batch, in), 1);
  const auto dy_values = complex_noise<T>(count(modes, batch, out), 2);
  const auto w_values = complex_noise<T>(count(modes, in, out), 3);
  expect_parity_of_library<T>("MixChannels", [&](auto& place) {
    auto x = place.array(x_values);
    auto w = place.array(w_values);
    auto y = place.template room<Complex<T>>(dy_values.size());
    place.run(MixChannels<T>{&set, x.data(), w.data(), y.data(), batch, in, out});
    return y.to_host();
  });
  expect_parity_of_library<T>("MixInputGrad", [&](auto& place) {
    auto dy = place.array(dy_values);
    auto w = place.array(w_values);
    auto dx = place.template room<Complex<T>>(x_values.size());
    place.run(MixInputGrad<T>{&set, dy.data(), w.data(), dx.data(), batch, in, out});
    return dx.to_host();
  });
  expect_parity_of_library<T>("MixWeightGrad", [&](auto& place) {
    auto x = place.array(x_values);
    auto dy = place.array(dy_values);
    auto dw = place.template room<Complex<T>>(w_values.size());
    place.run(MixWeightGrad<T>{&set, x.data(), dy.data(), dw.data(), batch, in, out});
    return dw.to_host();
  });
}

TEST(CudaVendor, MixingByCublas) {
  FNO_NEEDS(cuda::cublas());
  mixing<float>(3, 4, 5, 2);
  mixing<double>(1, 1, 1, 1);
  mixing<double>(2, 5, 3, 4);
}

// Strides reach weights in the order of the modes only; anything else stays with our kernel.
TEST(CudaVendor, MixingInAnotherOrderIsLeftToUs) {
  FNO_NEEDS(cuda::cublas());
  cuda::Context context(0, device_name());
  VendorLibraries libraries(context, CudaLibraries::vendor);
  ModeSet set;
  set.size = {1, 1, 4};
  set.frequency[2] = {0, 1};
  for (const auto& [index, rows] : {std::pair{std::vector{1, 0}, 2}, {std::vector{0, 1}, 3}}) {
    set.weight_index = index;
    set.weight_modes = rows;
    EXPECT_FALSE(libraries.run(MixChannels<float>{&set, nullptr, nullptr, nullptr, 1, 1, 1}));
  }
}

template <class T>
void spectra(const Axes& size, int planes) {
  const int points = size[0] * size[1] * size[2], half = size[0] * size[1] * (size[2] / 2 + 1);
  const auto x_values = noise<T>(static_cast<std::size_t>(planes * points), 1);
  const auto half_values = complex_noise<T>(static_cast<std::size_t>(planes * half), 2);
  const auto full_values = complex_noise<T>(static_cast<std::size_t>(planes * points), 3);
  SCOPED_TRACE(std::to_string(size[0]) + " x " + std::to_string(size[1]) + " x " + std::to_string(size[2]));
  for (const T scale : {T(1), T(0.25)})
    for (const bool flag : {false, true}) {
      expect_parity_of_library<T>(flag ? "rfft, weighted" : "rfft", [&](auto& place) {
        auto x = place.array(x_values);
        auto x_hat = place.template room<Complex<T>>(half_values.size());
        place.run(Rfft<T>{x.data(), x_hat.data(), planes, {size[0], size[1], size[2]}, scale, flag});
        return x_hat.to_host();
      });
      // Of a spectrum that belongs to no real array.
      expect_parity_of_library<T>(flag ? "irfft, weighted" : "irfft", [&](auto& place) {
        auto x_hat = place.array(half_values);
        auto x = place.template room<T>(x_values.size());
        place.run(Irfft<T>{x_hat.data(), x.data(), planes, {size[0], size[1], size[2]}, scale, flag});
        return x.to_host();
      });
      expect_parity_of_library<T>(flag ? "inverse fft" : "fft", [&](auto& place) {
        auto x = place.array(full_values);
        auto y = place.template room<Complex<T>>(full_values.size());
        place.run(Fft<T>{x.data(), y.data(), planes, {size[0], size[1], size[2]}, scale, flag});
        return y.to_host();
      });
    }
}

TEST(CudaVendor, SpectraByCufft) {
  FNO_NEEDS(cuda::cufft());
  const ScopedRun few_blocks(runs() - 1);
  for (const Axes& size :
       {Axes{1, 1, 1}, {1, 1, 2}, {1, 1, 7}, {1, 4, 6}, {1, 5, 1}, {3, 4, 5}, {2, 1, 4}, {1, 9, 60}}) {
    spectra<float>(size, 2);
    spectra<double>(size, 3);
  }
}

// A library may leave its input alone or not; the jobs promise that theirs is read only.
TEST(CudaVendor, SpectraKeepTheirInput) {
  FNO_NEEDS(cuda::cufft());
  OnVendor vendor;
  const auto values = complex_noise<float>(4, 1);
  auto x_hat = vendor.array(values);
  auto x = vendor.room<float>(6);
  vendor.run(Irfft<float>{x_hat.data(), x.data(), 1, {1, 1, 6}, 1.0f, true});
  EXPECT_EQ(reals(x_hat.to_host()), reals(values));
}

}  // namespace
}  // namespace fno::cuda_test
