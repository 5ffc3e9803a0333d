#include "optim/clip.h"

#include <cmath>

#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"
#include "optim/optimizer.h"
#include "tests/support/golden_cases.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"

namespace fno::test {
namespace {

using Clipping = OnEachDevice;
FNO_ON_EACH_DEVICE(Clipping);

Parameter with_gradient(const std::string& name, const Tensor& value, const Tensor& gradient, int unit_axis = 0) {
  const Var p = Var::leaf(value);
  backward(affine(p, 1), gradient);
  return {.name = name, .var = p, .unit_axis = unit_axis};
}

// Clipping by norm leaves a factor for the optimiser: after one plain SGD step from 0 at rate 1 the parameters are
// minus the clipped gradients.
TEST_P(Clipping, GoldenNorm) {
  const GoldenFile golden("grad_clip");
  for (const std::string& name : tested_cases("grad_clip")) {
    if (!name.starts_with("norm_")) continue;
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      std::vector<Parameter> parameters;
      for (const char* p : {"a", "b", "c"}) {
        const Tensor g = golden.tensor(name, std::string("grad_in_") + p, real, device);
        parameters.push_back(with_gradient(p, Tensor::zeros(g.shape(), real, device), g));
      }
      EXPECT_TRUE(near_mixed({grad_norm(parameters).item()}, {golden.number(name, "total_norm")}, 0, kLoss.of(real)));
      const GradientClip clip({.rule = ClipRule::norm, .value = golden.number(name, "max_norm")});
      Optimizer sgd(parameters, {.kind = OptimizerKind::sgd, .momentum = 0});
      sgd.set_rate(1);
      sgd.step(clip.apply(parameters));
      for (const Parameter& p : parameters)
        EXPECT_TRUE(near_golden(affine(p.var, -1).value(), golden.get(name, "grad_out_" + p.name), kGradient));
    }
  }
}

TEST_P(Clipping, GoldenAdaptive) {
  const GoldenFile golden("grad_clip");
  ASSERT_EQ(golden.number("agc", "eps"), 1e-3);
  for (const std::string& name : tested_cases("grad_clip")) {
    if (!name.starts_with("agc_")) continue;
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      std::vector<Parameter> parameters;
      for (const char* p : {"a", "b", "c", "z"})
        parameters.push_back(with_gradient(p, golden.tensor("agc", std::string("param_") + p, real, device),
                                           golden.tensor("agc", std::string("grad_in_") + p, real, device)));
      const GradientClip clip({.rule = name == "agc_unit" ? ClipRule::agc_unit : ClipRule::agc,
                               .value = golden.number("agc", "clip_factor")});
      EXPECT_FALSE(clip.apply(parameters).defined());
      for (const Parameter& p : parameters)
        EXPECT_TRUE(near_golden(p.var.grad(), golden.get(name, "grad_out_" + p.name), kGradient)) << p.name;
    }
  }
}

// Units on the last axis, as spectral weights and transposed convolutions have them: the golden case turned round.
// Specification of the Stage A study, section 10.3: lambda 0.01.
TEST_P(Clipping, AdaptiveCasesOfTheStudy) {
  const auto clipped = [&](double weight, double gradient) {
    const auto four = [&](double v) { return tensor_of({v, v, v, v}, {4}, Dtype::float32, device); };
    const std::vector<Parameter> parameters{with_gradient("w", four(weight), four(gradient))};
    (void)GradientClip({.rule = ClipRule::agc, .value = 0.01}).apply(parameters);
    double sum = 0;
    for (const double g : host_values(parameters[0].var.grad())) sum += g * g;
    return std::sqrt(sum);
  };
  EXPECT_NEAR(clipped(0.1, 100), 0.01 * 0.2, 1e-6);  // ||w|| = 0.2
  EXPECT_NEAR(clipped(10, 1e-3), 2e-3, 1e-9);        // left alone
  EXPECT_NEAR(clipped(0, 100), 0.01 * 1e-3, 1e-9);   // the floor of ||w||
}

TEST_P(Clipping, UnitsMayLieOnAnotherAxis) {
  const GoldenFile golden("grad_clip");
  const auto turned = [&](const std::string& in_case, const std::string& array) {
    return permute(Var(golden.tensor(in_case, array, Dtype::float64, device)), {1, 2, 3, 0}).value();
  };
  const std::vector<Parameter> parameters{with_gradient("c", turned("agc", "param_c"), turned("agc", "grad_in_c"), 3)};
  const GradientClip clip({.rule = ClipRule::agc_unit, .value = golden.number("agc", "clip_factor")});
  EXPECT_FALSE(clip.apply(parameters).defined());
  EXPECT_TRUE(near_scaled(host_values(parameters[0].var.grad()), host_values(turned("agc_unit", "grad_out_c")), 1e-11));
}

TEST_P(Clipping, ByValueClampsEveryComponent) {
  const Tensor g = tensor_of({-3, -1, 0.5, 2, 1, -7}, {3, 2}, Dtype::float32, device);
  const std::vector<Parameter> parameters{
      with_gradient("z", Tensor::zeros({3}, Dtype::complex64, device), g.as_complex())};
  EXPECT_FALSE(GradientClip({.rule = ClipRule::value, .value = 1}).apply(parameters).defined());
  EXPECT_EQ(host_values(parameters[0].var.grad()), (std::vector<double>{-1, -1, 0.5, 1, 1, -1}));
}

TEST_P(Clipping, OffLeavesEverythingAlone) {
  const Tensor g = tensor_of({-3, 5}, {2}, Dtype::float32, device);
  const std::vector<Parameter> parameters{with_gradient("p", Tensor::zeros({2}, Dtype::float32, device), g)};
  for (const ClipRule rule : {ClipRule::norm, ClipRule::value, ClipRule::agc, ClipRule::agc_unit}) {
    const GradientClip clip({.rule = rule, .value = 0});
    EXPECT_FALSE(clip.active());
    EXPECT_FALSE(clip.apply(parameters).defined());
    EXPECT_EQ(host_values(parameters[0].var.grad()), (std::vector<double>{-3, 5}));
  }
}

// Both sides of a sum get one and the same gradient: clipping in place must reach each of them once.
TEST_P(Clipping, ParametersWhoseGradientsBeganAsOneAreClippedOnce) {
  const Tensor one = Tensor::full({2, 2}, Dtype::float64, device, 1);
  const Var a = Var::leaf(one.clone()), b = Var::leaf(one.clone());
  const Tensor dy = tensor_of({4, 4, 4, 4}, {2, 2}, Dtype::float64, device);
  backward(a + b, dy);
  const std::vector<Parameter> only_a{{.name = "a", .var = a}};
  EXPECT_FALSE(GradientClip({.rule = ClipRule::agc, .value = 0.5}).apply(only_a).defined());
  EXPECT_TRUE(near_scaled(host_values(a.grad()), {0.5, 0.5, 0.5, 0.5}, 1e-12));
  EXPECT_EQ(host_values(b.grad()), (std::vector<double>{4, 4, 4, 4}));
  EXPECT_EQ(host_values(dy), (std::vector<double>{4, 4, 4, 4}));
}

}  // namespace
}  // namespace fno::test
