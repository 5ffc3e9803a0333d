#include "optim/optimizer.h"

#include "framework/cpu/device.h"
#include "framework/ops/elementwise.h"
#include "optim/clip.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_cases.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using Optimizers = OnEachDevice;
FNO_ON_EACH_DEVICE(Optimizers);

void give_gradient(const Var& p, const Tensor& g) { backward(affine(p, 1), g); }

OptimizerSettings settings_of(const std::string& name, const std::vector<double>& hyper) {
  OptimizerSettings s;
  s.weight_decay = hyper[4];
  if (name.starts_with("sgd")) {
    s.kind = OptimizerKind::sgd;
    s.momentum = hyper[1];
    s.nesterov = name == "sgd_nesterov";
  } else {
    s.kind = name.starts_with("adamw") ? OptimizerKind::adamw : OptimizerKind::adam;
    s.beta1 = hyper[1];
    s.beta2 = hyper[2];
    s.eps = hyper[3];
  }
  return s;
}

TEST_P(Optimizers, GoldenTrajectories) {
  const GoldenFile golden("optimizers");
  for (const std::string& name : tested_cases("optimizers"))
    for (const Dtype type : {Dtype::float32, Dtype::float64, Dtype::complex64, Dtype::complex128}) {
      SCOPED_TRACE(testing::Message() << name << " in " << type);
      // Complex parameters are pairs of reals: with the last number twice the seven make four pairs.
      const auto tensor = [&](std::vector<double> values) {
        const Dtype real = real_of(type);
        if (!is_complex(type)) return tensor_of(values, {7}, real, device);
        values.push_back(values.back());
        return tensor_of(values, {4, 2}, real, device).as_complex();
      };
      const std::vector<double> hyper = golden.get(name, "hyper").values, grads = golden.get("common", "grads").values,
                                expected = golden.get(name, "params").values;
      const Var p = Var::leaf(tensor(golden.get("common", "p0").values));
      Optimizer optimizer({{.name = "p", .var = p, .unit_axis = 0}}, settings_of(name, hyper));
      optimizer.set_rate(hyper[0]);
      const auto row = [](const std::vector<double>& all, std::ptrdiff_t step) {
        return std::vector<double>(all.begin() + 7 * step, all.begin() + 7 * (step + 1));
      };
      for (std::ptrdiff_t step = 0; step < 10; ++step) {
        optimizer.zero_grad();
        give_gradient(p, tensor(row(grads, step)));
        optimizer.step();
        std::vector<double> actual = host_values(p.value());
        actual.resize(7);
        EXPECT_TRUE(near_mixed(actual, row(expected, step), real_of(type) == Dtype::float64 ? 1e-12 : 2e-6, 0))
            << "step " << step;
      }
      EXPECT_EQ(optimizer.steps(), 10);
    }
}

TEST_P(Optimizers, TheRateInForceIsReadAtEveryStep) {
  const Var p = Var::leaf(tensor_of({1}, {1}, Dtype::float64, device));
  Optimizer optimizer({{.name = "p", .var = p}}, {.kind = OptimizerKind::sgd, .momentum = 0});
  double expected = 1;
  for (const double rate : {0.5, 0.25, 0.0, 2.0}) {
    optimizer.set_rate(rate);
    optimizer.zero_grad();
    give_gradient(p, tensor_of({1}, {1}, Dtype::float64, device));
    optimizer.step();
    expected -= rate;
    EXPECT_EQ(p.value().item(), expected);
  }
}

TEST_P(Optimizers, ParametersWithoutGradientStay) {
  const Var p = Var::leaf(tensor_of({1}, {1}, Dtype::float32, device));
  const Var idle = Var::leaf(tensor_of({3}, {1}, Dtype::float32, device));
  Optimizer optimizer({{.name = "p", .var = p}, {.name = "idle", .var = idle}},
                      {.kind = OptimizerKind::adamw, .weight_decay = 0.5});
  optimizer.set_rate(0.1);
  give_gradient(p, tensor_of({1}, {1}, Dtype::float32, device));
  optimizer.step();
  EXPECT_NE(p.value().item(), 1);
  EXPECT_EQ(idle.value().item(), 3);
}

TEST_P(Optimizers, RestoredStateContinuesBitForBit) {
  Random random(201);
  const Tensor start = normal_tensor(random, {5, 7}, Dtype::float32, device);
  std::vector<Tensor> grads;
  for (int i = 0; i < 6; ++i) grads.push_back(normal_tensor(random, {5, 7}, Dtype::float32, device));
  for (const OptimizerKind kind : {OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::sgd}) {
    const auto run = [&](Optimizer& optimizer, const Var& p, std::size_t first, std::size_t last) {
      optimizer.set_rate(0.01);
      for (std::size_t i = first; i < last; ++i) {
        optimizer.zero_grad();
        give_gradient(p, grads[i]);
        optimizer.step();
      }
    };
    const Var a = Var::leaf(start.clone()), b = Var::leaf(start.clone());
    Optimizer whole({{.name = "p", .var = a}}, {.kind = kind}), half({{.name = "p", .var = b}}, {.kind = kind});
    run(whole, a, 0, 6);
    run(half, b, 0, 3);
    const auto copies = [](const std::vector<Tensor>& tensors) {
      std::vector<Tensor> result;
      for (const Tensor& t : tensors) result.push_back(t.defined() ? t.clone() : Tensor());
      return result;
    };
    Optimizer rest({{.name = "p", .var = b}}, {.kind = kind});
    rest.restore(half.steps(), copies(half.first_moments()), copies(half.second_moments()));
    run(rest, b, 3, 6);
    EXPECT_EQ(host_values(a.value()), host_values(b.value()));
    EXPECT_TRUE(throws_error(ErrorKind::checkpoint, "moments", [&] { rest.restore(1, {}, {}); }));
  }
}

TEST(CpuOptimizers, BitsDoNotDependOnTheNumberOfThreads) {
  const auto trained = [](OptimizerKind kind, int threads) {
    const Device device = cpu_device(threads);
    Random random(202);
    const Var p = Var::leaf(normal_tensor(random, {100003}, Dtype::float32, device));
    const std::vector<Parameter> parameters{{.name = "p", .var = p}};
    Optimizer optimizer(parameters, {.kind = kind, .weight_decay = 0.1});
    optimizer.set_rate(0.01);
    const GradientClip clip({.rule = ClipRule::norm, .value = 1});
    for (int i = 0; i < 2; ++i) {
      optimizer.zero_grad();
      give_gradient(p, normal_tensor(random, {100003}, Dtype::float32, device));
      optimizer.step(clip.apply(parameters));
    }
    return host_values(p.value());
  };
  for (const OptimizerKind kind : {OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::sgd}) {
    const std::vector<double> one = trained(kind, 1);
    for (const int threads : {2, 3, 5}) EXPECT_EQ(trained(kind, threads), one) << threads << " threads";
  }
}

TEST_P(Optimizers, ErrorsSayWhatIsNeeded) {
  EXPECT_TRUE(throws_error(ErrorKind::config, "optimizer: no parameters", [] { Optimizer({}, {}); }));
  const Var a = Var::leaf(Tensor::zeros({1}, Dtype::float32, device));
  const Var b = Var::leaf(Tensor::zeros({1}, Dtype::float64, device));
  EXPECT_TRUE(throws_error(ErrorKind::config, "b has another precision", [&] {
    Optimizer({{.name = "a", .var = a}, {.name = "b", .var = b}}, {});
  }));
}

TEST_P(Optimizers, WithoutARateThereIsNoStep) {
  const Var p = Var::leaf(Tensor::full({3}, Dtype::float32, device, 1));
  Optimizer optimizer({{.name = "p", .var = p, .unit_axis = 0}}, {});
  give_gradient(p, Tensor::full({3}, Dtype::float32, device, 1));
  EXPECT_TRUE(throws_error(ErrorKind::config, "optimizer: no learning rate; set_rate comes before step",
                           [&] { optimizer.step(); }));
  EXPECT_EQ(optimizer.steps(), 0);
  optimizer.set_rate(0);  // asked for, and no error
  optimizer.step();
  EXPECT_EQ(host_values(p.value()), (std::vector<double>{1, 1, 1}));
}

TEST_P(Optimizers, AParameterOfAnotherPrecisionIsNoticed) {
  const Var p = Var::leaf(Tensor::full({3}, Dtype::float32, device, 1));
  Optimizer optimizer({{.name = "p", .var = p, .unit_axis = 0}}, {});
  optimizer.set_rate(0.1);
  p.set_value(Tensor::full({3}, Dtype::float64, device, 1));
  give_gradient(p, Tensor::full({3}, Dtype::float64, device, 1));
  EXPECT_TRUE(throws_error(ErrorKind::config, "by now, its moments are", [&] { optimizer.step(); }));
}

TEST_P(Optimizers, AStepBetweenForwardAndBackwardIsNoticed) {
  const Var p = Var::leaf(Tensor::full({3}, Dtype::float32, device, 2));
  Optimizer optimizer({{.name = "p", .var = p, .unit_axis = 0}}, {});
  optimizer.set_rate(0.1);
  const Var loss = sum(p * p);
  give_gradient(p, Tensor::full({3}, Dtype::float32, device, 1));
  optimizer.step();
  EXPECT_TRUE(throws_error(ErrorKind::config, "was overwritten after an op had read it", [&] { backward(loss); }));
}

}  // namespace
}  // namespace fno::test
