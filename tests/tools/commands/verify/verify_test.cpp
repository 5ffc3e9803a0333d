// The checks of fno verify with something wrong: each must fail, and name what is wrong. With nothing wrong they pass.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>

#include "framework/checks/direct_sums.h"
#include "framework/checks/values.h"
#include "framework/cpu/device.h"
#include "framework/ops/elementwise.h"
#include "tests/support/expect_error.h"
#include "tools/commands/verify/networks.h"
#include "tools/commands/verify/ops.h"
#include "tools/commands/verify/storage.h"
#include "tools/commands/verify/transforms.h"
#include "tools/files/atomic_file.h"

namespace fno::verify {
namespace {

using Result = Finding::Result;

const Device& device() {
  static const Device cpu = cpu_device(1);
  return cpu;
}

Tensor normal(const Shape& shape, Dtype type) {
  Random random(3);
  return checks::normal_tensor(random, shape, type, device());
}

Tensor with_one_changed(const Tensor& t, double by) {
  std::vector<double> values = checks::host_values(t);
  values[values.size() / 2] += by;
  return checks::tensor_of(values, t.shape(), t.dtype(), device());
}

TEST(VerifyWorst, IsTheCaseNearestToItsBound) {
  Worst worst;
  worst.add(1e-3, 1, "far from it");
  worst.add(1e-6, 2e-6, "near");
  worst.add(0, 0, "exact");
  const Finding f = worst.finding("name", "what");
  EXPECT_EQ(f.result, Result::ok);
  EXPECT_EQ(f.at, "near");
  EXPECT_EQ(f.cases, 3);
}

TEST(VerifyWorst, FailsForNanForAnythingOverZeroAndForNoCase) {
  const auto result_of = [](double error, double bound) {
    Worst worst;
    worst.add(error, bound, "it");
    return worst.finding("name", "what").result;
  };
  EXPECT_EQ(result_of(std::nan(""), 1e9), Result::failed);
  EXPECT_EQ(result_of(1, 0), Result::failed);
  EXPECT_EQ(result_of(2, 1), Result::failed);
  EXPECT_EQ(result_of(1, 1), Result::ok);
  EXPECT_EQ(Worst().finding("name", "what").result, Result::failed);
}

TEST(VerifyFindings, OneLineNamesTheFirstThatFailed) {
  const Finding good{.check = "adjoints", .covers = "all", .cases = 1};
  const Finding slow{.check = "speed", .covers = "a layer", .result = Result::slow, .cases = 1};
  const Finding bad{.check = "transforms",
                    .covers = "sizes",
                    .result = Result::failed,
                    .cases = 9,
                    .error = 0.25,
                    .bound = 1e-6,
                    .at = "rfft of 251"};
  EXPECT_NO_THROW(require_passed({good, slow, {.check = "devices", .result = Result::absent}}));
  EXPECT_TRUE(test::throws_error(
      ErrorKind::numeric,
      "verify: failed: transforms (sizes): error 0.25 at rfft of 251, at most 1e-6 is accepted; 1 more failed", [&] {
        require_passed({good, bad, slow, bad});
      }));
  const std::string table = table_of({good, bad});
  EXPECT_NE(table.find("FAILED"), std::string::npos) << table;
}

// A scaling whose derivative is `slope` in place of 1.
Probe scaling(const std::string& name, double slope, Dtype type) {
  return {.name = name,
          .f =
              [slope](const std::vector<Var>& v) {
                return record(v[0].value().clone(), {v[0]}, [slope](const Tensor& dy, const Grads& grads) {
                  grads.add(0, affine(Var(dy), slope).value());
                });
              },
          .inputs = {normal({50}, type)}};
}

TEST(VerifyAdjoints, FailForAFlippedSignAndASmallFactor) {
  for (const Dtype type : {Dtype::float32, Dtype::float64}) {
    const double small = type == Dtype::float32 ? 1e-5 : 1e-14;
    EXPECT_EQ(check_adjoints({scaling("right", 1, type)}, 0).result, Result::ok);
    for (const double slope : {-1.0, 1 + small, 0.0, std::nan("")}) {
      const Finding f = check_adjoints({scaling("right", 1, type), scaling("wrong", slope, type)}, 0);
      EXPECT_EQ(f.result, Result::failed) << slope;
      EXPECT_EQ(f.at, "wrong");
    }
  }
}

TEST(VerifyAdjoints, FailWithoutAGradientAndForZeros) {
  const Tensor x = normal({5}, Dtype::float64);
  const Probe none{
      "none", [](const std::vector<Var>& v) { return record(v[0].value(), {v[0]}, [](auto&&...) {}); }, {x}};
  const Probe zeros{"zeros", [](const std::vector<Var>& v) { return affine(v[0], 0); }, {x}};
  EXPECT_EQ(check_adjoints({none}, 0).result, Result::failed);
  EXPECT_EQ(check_adjoints({zeros}, 0).result, Result::failed);
}

TEST(VerifyAdjoints, AndGradientsOfTheFrameworkPass) {
  EXPECT_EQ(check_adjoints(linear_probes(device(), Dtype::float32, 1), 1).result, Result::ok);
  EXPECT_EQ(check_gradients(smooth_probes(device(), Dtype::float64, 1), 1).result, Result::ok);
}

TEST(VerifyGradients, FailForADerivativeThatIsOffByATenthOfAPermille) {
  const auto gelu_with = [](double factor) {
    return Probe{"gelu",
                 [factor](const std::vector<Var>& v) {
                   const Tensor x = v[0].value();
                   return record(gelu(Var(x)).value(), {v[0]}, [=](const Tensor& dy, const Grads& grads) {
                     const Var again = Var::leaf(x);
                     const Recording on(true);
                     backward(gelu(again), dy);
                     grads.add(0, affine(Var(again.grad()), factor).value());
                   });
                 },
                 {normal({40}, Dtype::float64)}};
  };
  EXPECT_EQ(check_gradients({gelu_with(1)}, 0).result, Result::ok);
  EXPECT_EQ(check_gradients({gelu_with(1.0001)}, 0).result, Result::failed);
  EXPECT_EQ(check_gradients({gelu_with(0)}, 0).result, Result::failed);
}

// The largest coefficients of these transforms are some 30.
TEST(VerifyTransforms, FailForOneCoefficientOfOneSize) {
  for (const Dtype type : {Dtype::float32, Dtype::float64}) {
    const double by = type == Dtype::float32 ? 1e-3 : 1e-11;
    Transforms t = framework_transforms();
    EXPECT_EQ(check_full_transforms(t, device(), type, 5).result, Result::ok);
    const auto right = t.rfft;
    t.rfft = [&](const Tensor& x) {
      const Tensor y = right(x);
      return x.size() == 251 ? with_one_changed(y, by) : y;
    };
    const Finding f = check_full_transforms(t, device(), type, 5);
    EXPECT_EQ(f.result, Result::failed);
    EXPECT_EQ(f.at, "rfft of 251");
  }
}

TEST(VerifyTransforms, FailForAnInverseThatKeepsAnImaginaryPart) {
  Transforms t = framework_transforms();
  const auto right = t.irfft;
  t.irfft = [&](const Tensor& half, int last) {
    const Tensor x = right(half, last);
    return last == 8 ? with_one_changed(x, 0.01) : x;
  };
  EXPECT_EQ(check_full_transforms(t, device(), Dtype::float32, 5).result, Result::failed);
}

TEST(VerifyTransforms, FailForOneKeptModeAndForAWrongQuadrature) {
  const Transforms ours = framework_transforms();
  EXPECT_EQ(check_truncated_transforms(ours, device(), Dtype::float32, 5).result, Result::ok);
  Transforms t = ours;
  t.analyse = [&](const ModeSet& m, const Tensor& x, bool weighted) {
    const Tensor y = ours.analyse(m, x, weighted);
    return m.size[2] == 128 && m.size[1] == 66 ? with_one_changed(y, 0.05) : y;
  };
  const Finding f = check_truncated_transforms(t, device(), Dtype::float32, 5);
  EXPECT_EQ(f.result, Result::failed);
  EXPECT_EQ(f.at, "analysis of 66 x 128, 8 modes (classic)");
  t = ours;
  t.synthesise = [&](const ModeSet& m, const Tensor& x, bool) { return ours.synthesise(m, x, true); };
  EXPECT_EQ(check_truncated_transforms(t, device(), Dtype::float32, 5).result, Result::failed);
}

TEST(VerifyDirectSums, OfAWaveAndBack) {
  const auto waves = checks::all_waves({3, 4, 5}, false);
  checks::ComplexValues wave(60);
  for (int p = 0; p < 60; ++p)
    wave[static_cast<std::size_t>(p)] =
        std::polar(1.0, 2 * std::numbers::pi * (2 * (p / 20) / 3.0 + p / 5 % 4 / 4.0 + 3 * (p % 5) / 5.0));
  const auto x_hat = checks::direct_analysis(waves, wave);
  const auto back = checks::direct_synthesis(waves, x_hat);
  for (std::size_t k = 0; k < 60; ++k) {
    EXPECT_NEAR(std::abs(x_hat[k] - (k == 2 * 20 + 1 * 5 + 3 ? 60.0 : 0.0)), 0, 1e-12);
    EXPECT_NEAR(std::abs(back[k] - 60.0 * wave[k]), 0, 1e-11);
  }
}

TEST(VerifyOutcomes, DifferInOneValueOrOneGradient) {
  const std::vector<Probe> probes{scaling("one", 1, Dtype::float32)};
  const Outcomes right = outcomes_of(probes, 2);
  const auto result_with = [&](const Outcomes& others) {
    Worst worst;
    compare_outcomes(worst, probes, others, right);
    return worst.finding("devices", "").result;
  };
  EXPECT_EQ(result_with(right), Result::ok);
  for (const std::size_t part : {0, 1}) {
    Outcomes wrong = right;
    wrong[0][part][7] += 1e-3;
    EXPECT_EQ(result_with(wrong), Result::failed);
    wrong[0][part].pop_back();
    EXPECT_EQ(result_with(wrong), Result::failed);
  }
}

TEST(VerifyThreads, SeeOneBitOfOneWeight) {
  const auto weights = trained_weights(small_networks().front(), device(), 4);
  auto others = weights;
  EXPECT_EQ(differing_bytes(weights, others), 0);
  others.back().back() ^= std::byte{1};
  EXPECT_EQ(differing_bytes(weights, others), 1);
  others.pop_back();
  EXPECT_GT(differing_bytes(weights, others), 0);
  EXPECT_GT(differing_bytes(weights, trained_weights(small_networks().front(), device(), 5)), 0);
}

TEST(VerifyNetworks, AgreeWithThemselvesAndEveryArchitectureIsThere) {
  const std::vector<SmallNetwork> all = small_networks();
  for (const Architecture& a : architectures())
    EXPECT_TRUE(std::ranges::any_of(all, [&](const SmallNetwork& n) { return n.config.architecture == a.name; }))
        << a.name;
  const auto result_of = [&](const std::vector<NetworkOutcome>& these, const std::vector<NetworkOutcome>& others) {
    return compare_networks({all.front()}, these, others, "devices", "").result;
  };
  const auto one = network_outcomes({all.front()}, device(), 1);
  EXPECT_EQ(result_of(network_outcomes({all.front()}, cpu_device(2), 1), one), Result::ok);
  auto wrong = one;
  wrong[0].weight_gradient[5] += 1e-9;
  EXPECT_EQ(result_of(wrong, one), Result::failed);
}

// Bytes as they are: a format without a checksum.
TEST(VerifyFiles, FailForAFormatThatTakesFlippedBits) {
  const Format bare{.name = "bare",
                    .write =
                        [](const std::string& path, const std::vector<NamedArray>& arrays) {
                          std::ofstream out(path, std::ios::binary);
                          for (const NamedArray& a : arrays)
                            out.write(reinterpret_cast<const char*>(a.array.bytes.data()), std::ssize(a.array.bytes));
                        },
                    .read =
                        [](const std::string& path) {
                          const std::vector<std::byte> all = read_whole_file(path, 1 << 20);
                          const auto middle = all.begin() + 24 * 4;
                          return std::vector<NamedArray>{
                              {"fields", make_host_array(HostType::f32, {2, 3, 4}, {all.begin(), middle})},
                              {"numbers", make_host_array(HostType::f64, {5}, {middle, all.end()})}};
                        }};
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "verify_flips";
  std::filesystem::create_directories(folder);
  const Finding f = check_flips(bare, folder, 0);
  EXPECT_EQ(f.result, Result::failed);
  EXPECT_EQ(f.cases, 1 + 8 * (24 * 4 + 5 * 8));
  std::filesystem::remove_all(folder);
  for (const Finding& ours : check_files(0)) EXPECT_EQ(ours.result, Result::ok) << ours.sentence();
}

}  // namespace
}  // namespace fno::verify
