#include "framework/ops/fourier.h"

#include <complex>
#include <numbers>

#include "framework/ops/elementwise.h"
#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_cases.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using FourierOps = OnEachDevice;
FNO_ON_EACH_DEVICE(FourierOps);

// (planes, n…) of a golden file as (1, planes, n…).
Tensor with_batch(const Tensor& t) {
  Shape shape{1};
  for (const std::int64_t extent : t.shape()) shape.push_back(extent);
  return t.reshape(shape);
}

TEST_P(FourierOps, GoldenLinesBothWays) {
  const GoldenFile golden("fft1d");
  for (const std::string& name : tested_cases("fft1d"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const Dtype complex = complex_of(real);
      const auto load = [&](const char* array, Dtype type) {
        return Var(with_batch(golden.tensor(name, array, type, device)));
      };
      const Var x = load("x", real), z = load("z", complex);
      EXPECT_TRUE(near_golden_complex(rfft(x).value(), golden, name, "rfft_x", kFftOutput));
      EXPECT_TRUE(near_golden_complex(fft(z).value(), golden, name, "fft_z", kFftOutput));
      const auto n = static_cast<int>(x.shape(2));
      EXPECT_TRUE(near_golden(irfft(load("rfft_x", complex), n).value(), golden.get(name, "x"), kFftOutput));
      EXPECT_TRUE(near_golden_complex(ifft(load("fft_z", complex)).value(), golden, name, "z", kFftOutput));
    }
}

TEST_P(FourierOps, GoldenPlanesBothWays) {
  const GoldenFile golden("fft2d");
  for (const std::string& name : tested_cases("fft2d"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const Var x(with_batch(golden.tensor(name, "x", real, device)));
      const Var x_hat(with_batch(golden.tensor(name, "rfft2_x", complex_of(real), device)));
      EXPECT_TRUE(near_golden_complex(rfft(x).value(), golden, name, "rfft2_x", kFftOutput));
      EXPECT_TRUE(near_golden(irfft(x_hat, static_cast<int>(x.shape(3))).value(), golden.get(name, "x"), kFftOutput));
    }
}

const std::vector<Shape> kGrids{{2, 1, 1},     {1, 3, 2},       {2, 2, 7},       {1, 2, 16},     {1, 1, 45},
                                {2, 1, 1, 1},  {1, 2, 1, 8},    {2, 1, 6, 1},    {1, 2, 7, 9},   {1, 3, 8, 10},
                                {1, 1, 13, 4}, {1, 2, 3, 4, 5}, {2, 1, 1, 2, 6}, {1, 1, 4, 1, 7}};

Shape half_of(Shape shape) {
  shape[shape.rank() - 1] = shape[shape.rank() - 1] / 2 + 1;
  return shape;
}

TEST_P(FourierOps, BackwardIsTheAdjoint) {
  Random random(11);
  for (const Shape& shape : kGrids)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << shape << " in " << real);
      const auto last = static_cast<int>(shape[shape.rank() - 1]);
      const Dtype complex = complex_of(real);
      EXPECT_TRUE(adjoint_holds(rfft, normal_tensor(random, shape, real, device), random));
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return irfft(v, last); },
                                normal_tensor(random, half_of(shape), complex, device), random));
      EXPECT_TRUE(adjoint_holds(fft, normal_tensor(random, shape, complex, device), random));
      EXPECT_TRUE(adjoint_holds(ifft, normal_tensor(random, shape, complex, device), random));
    }
}

// The definition in two steps: complex inverse over the leading axes (n0, n1), then the real inverse of the last axis,
// which reads only the real part of column 0 and of the Nyquist column.
std::vector<double> direct_inverse(const std::vector<double>& pairs, int n0, int n1, int n2) {
  const int columns = n2 / 2 + 1;
  const auto wave = [](int k, int p, int n) { return std::polar(1.0, 2 * std::numbers::pi * (k * p % n) / n); };
  std::vector<double> x;
  for (int p0 = 0; p0 < n0; ++p0)
    for (int p1 = 0; p1 < n1; ++p1) {
      std::vector<std::complex<double>> line(static_cast<std::size_t>(columns));
      for (int k0 = 0; k0 < n0; ++k0)
        for (int k1 = 0; k1 < n1; ++k1)
          for (int c = 0; c < columns; ++c) {
            const auto at = 2 * static_cast<std::size_t>((k0 * n1 + k1) * columns + c);
            line[static_cast<std::size_t>(c)] +=
                std::complex<double>(pairs[at], pairs[at + 1]) * wave(k0, p0, n0) * wave(k1, p1, n1);
          }
      for (int p = 0; p < n2; ++p) {
        double sum = line[0].real();
        for (int c = 1; c < columns; ++c) {
          const std::complex<double> term = line[static_cast<std::size_t>(c)];
          sum += 2 * c == n2 ? term.real() * (p % 2 ? -1 : 1) : 2 * (term * wave(c, p, n2)).real();
        }
        x.push_back(sum / (n0 * n1 * n2));
      }
    }
  return x;
}

TEST_P(FourierOps, InverseOfSpectraWithoutSymmetryFollowsTheDefinition) {
  std::vector<Shape> grids;
  for (int n = 1; n <= 40; ++n) grids.push_back({1, 1, n});
  for (const auto& [h, w] : {std::pair{2, 2}, {2, 5}, {3, 4}, {5, 8}, {6, 7}, {8, 6}, {1, 9}, {9, 1}, {11, 16}})
    grids.push_back({1, 1, h, w});
  for (const Shape& grid : {Shape{1, 1, 2, 3, 4}, Shape{1, 1, 3, 2, 5}, Shape{1, 1, 4, 5, 6}}) grids.push_back(grid);
  Random random(12);
  for (const Shape& shape : grids)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << shape << " in " << real);
      const Tensor x_hat = normal_tensor(random, half_of(shape), complex_of(real), device);
      const int rank = shape.rank(), n2 = static_cast<int>(shape[rank - 1]);
      const int n1 = rank > 3 ? static_cast<int>(shape[rank - 2]) : 1, n0 = rank > 4 ? static_cast<int>(shape[2]) : 1;
      EXPECT_TRUE(near_scaled(host_values(irfft(Var(x_hat), n2).value()),
                              direct_inverse(host_values(x_hat), n0, n1, n2), kFftOutput.of(real)));
    }
}

TEST_P(FourierOps, InverseUndoesForward) {
  Random random(13);
  for (const Shape& shape : kGrids) {
    SCOPED_TRACE(testing::Message() << shape);
    const Tensor x = normal_tensor(random, shape, Dtype::float64, device);
    const Var back = irfft(rfft(Var(x)), static_cast<int>(shape[shape.rank() - 1]));
    EXPECT_EQ(back.shape(), shape);
    EXPECT_TRUE(near_scaled(host_values(back.value()), host_values(x), 1e-13));
  }
}

TEST_P(FourierOps, ErrorsSayWhatIsNeeded) {
  const Var real(Tensor::zeros({1, 1, 8}, Dtype::float32, device));
  const Var half(Tensor::zeros({1, 1, 5}, Dtype::complex64, device));
  const auto kind = ErrorKind::config;
  EXPECT_TRUE(throws_error(kind, "irfft: 5 columns for 10 points, 6 are needed", [&] { (void)irfft(half, 10); }));
  EXPECT_TRUE(throws_error(kind, "rfft: a real tensor is needed", [&] { (void)rfft(half); }));
  EXPECT_TRUE(throws_error(kind, "irfft: a complex tensor is needed", [&] { (void)irfft(real, 8); }));
  EXPECT_TRUE(throws_error(kind, "fft: a complex tensor is needed", [&] { (void)fft(real); }));
  const Var flat(Tensor::zeros({4, 8}, Dtype::float32, device));
  EXPECT_TRUE(throws_error(kind, "1 to 3 grid axes", [&] { (void)rfft(flat); }));
}

}  // namespace
}  // namespace fno::test
