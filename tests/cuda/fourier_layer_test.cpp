#include "framework/kernels/fourier_layer.h"

#include <utility>

#include "framework/ops/spectral.h"
#include "tests/cuda/parity.h"

// The jobs of a Fourier layer in one pass, against the CPU, whose own ones are tested against their parts.
namespace fno::cuda_test {
namespace {

struct Case {
  const char* name;
  std::vector<int> grid;
  int modes, batch, in, out, kernel = 1;
};

// Rows of every remainder of 4, less and more than a tile; channels below, at and above a step and a tile; several rows
// a block; one axis and three; a kernel that the one pass does not take, and modes that need two passes of analysis.
std::vector<Case> cases() {
  std::vector<Case> small{{"2-D, odd", {3, 7}, 2, 2, 3, 5}, {"1-D", {12}, 3, 1, 4, 4}, {"3x3", {5, 6}, 2, 1, 2, 3, 3}};
  if (slow_build()) return small;
  const std::vector<Case> large{{"2-D, wide rows", {5, 135}, 3, 1, 17, 33},
                                {"2-D, packs, two tiles of channels", {6, 68}, 4, 2, 33, 70},
                                {"2-D, three columns a lane", {2, 85}, 5, 2, 20, 9},
                                {"2-D, many rows", {64, 6}, 2, 20, 2, 3},
                                {"2-D, two columns a lane, wide", {3, 64}, 2, 1, 5, 40},
                                {"2-D, four columns a lane, wide", {3, 127}, 2, 1, 5, 40},
                                {"2-D, three columns a lane, wide", {3, 95}, 2, 1, 5, 40},
                                {"2-D, more modes than a tile", {4, 40}, 19, 1, 2, 3},
                                {"3-D", {3, 4, 10}, 2, 2, 3, 4}};
  small.insert(small.end(), large.begin(), large.end());
  return small;
}

struct Shapes {
  std::shared_ptr<const ModeSet> modes;
  ConvGeometry g;
  explicit Shapes(const Case& one) : modes(make_modes(ModeConvention::corner, one.grid, one.modes)) {
    g = {.batch = one.batch,
         .in = one.in,
         .out = one.out,
         .size = {},
         .kernel = {},
         .stride = {1, 1, 1},
         .padding = {},
         .out_size = {}};
    for (std::size_t a = 0; a < 3; ++a) {
      const bool there = a + one.grid.size() >= 3;
      g.size[a] = g.out_size[a] = modes->size[a];
      g.kernel[a] = there ? one.kernel : 1;
      g.padding[a] = there ? one.kernel / 2 : 0;
    }
  }
  [[nodiscard]] std::size_t spectrum(int channels) const { return std::size_t(modes->count() * g.batch * channels); }
};

std::size_t count(std::int64_t n) { return static_cast<std::size_t>(n); }

template <class T>
void output(const Case& one, bool with_gelu) {
  const Shapes s(one);
  expect_parity<T>(std::string("FourierOutput ") + one.name, [&](auto& place) {
    auto x = place.array(noise<T>(count(s.g.inputs()), 1)), w = place.array(noise<T>(count(s.g.weights()), 2));
    auto bias = place.array(noise<T>(count(one.out), 3));
    auto y_hat = place.array(complex_noise<T>(s.spectrum(one.out), 4));
    auto y = place.template room<T>(count(s.g.outputs())), activated = place.template room<T>(count(s.g.outputs()));
    place.run(
        FourierOutput<T>{.local = {s.g, x.data(), w.data(), bias.data(), y.data()},
                         .spectral = {s.modes.get(), y_hat.data(), y.data(), one.batch, one.out, T(0.5), true, true},
                         .activated = with_gelu ? activated.data() : nullptr});
    std::vector<T> both = y.to_host();
    if (with_gelu)
      for (const T value : activated.to_host()) both.push_back(value);
    return both;
  });
}

template <class T>
void input_grad(const Case& one) {
  const Shapes s(one);
  expect_parity<T>(std::string("FourierInputGrad ") + one.name, [&](auto& place) {
    auto dy = place.array(noise<T>(count(s.g.outputs()), 1)), w = place.array(noise<T>(count(s.g.weights()), 2));
    auto dx_hat = place.array(complex_noise<T>(s.spectrum(one.in), 4));
    auto dx = place.template room<T>(count(s.g.inputs()));
    place.run(FourierInputGrad<T>{
        .local = {s.g, dy.data(), w.data(), nullptr, dx.data()},
        .spectral = {s.modes.get(), dx_hat.data(), dx.data(), one.batch, one.in, T(1), false, true}});
    return dx.to_host();
  });
}

template <class T>
void output_grad(const Case& one, bool with_gelu) {
  const Shapes s(one);
  expect_parity<T>(std::string("FourierOutputGrad ") + one.name, [&](auto& place) {
    const std::size_t n = count(s.g.outputs());
    auto z = place.array(noise<T>(n, 1)), dy = place.array(noise<T>(n, 2));
    auto dz = place.template room<T>(n), db = place.template room<T>(count(one.out));
    auto x = place.array(noise<T>(count(s.g.inputs()), 3));
    auto dw = place.template room<T>(count(s.g.weights()));
    const bool with_weights = one.kernel == 1;
    auto dz_hat = place.template room<Complex<T>>(s.spectrum(one.out));
    const T* given = with_gelu ? dz.data() : dy.data();
    place.run(FourierOutputGrad<T>{.activation = {UnaryOp::gelu, with_gelu ? z.data() : nullptr, dy.data(),
                                                  with_gelu ? dz.data() : nullptr, static_cast<std::int64_t>(n)},
                                   .spectral = {s.modes.get(), given, dz_hat.data(), one.batch, one.out, T(0.25), true},
                                   .bias = {given, db.data(), one.batch, one.out, s.g.points()},
                                   .local = {s.g, x.data(), given, with_weights ? dw.data() : nullptr}});
    std::vector<double> all = reals(dz_hat.to_host());
    if (with_gelu)
      for (const double value : reals(dz.to_host())) all.push_back(value);
    for (const double value : reals(db.to_host())) all.push_back(value);
    if (with_weights)
      for (const double value : reals(dw.to_host())) all.push_back(value);
    return all;
  });
}

TEST(CudaFourierLayer, Output) {
  for (const Case& one : cases()) {
    output<float>(one, true);
    output<double>(one, false);
    if (HasFatalFailure()) return;
  }
}

TEST(CudaFourierLayer, InputGradient) {
  for (const Case& one : cases()) {
    input_grad<float>(one);
    input_grad<double>(one);
    if (HasFatalFailure()) return;
  }
}

TEST(CudaFourierLayer, OutputGradient) {
  for (const Case& one : cases()) {
    output_grad<float>(one, true);
    output_grad<double>(one, true);
    output_grad<float>(one, false);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace fno::cuda_test
