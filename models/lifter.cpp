#include "models/lifter.h"

#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"
#include "framework/scope.h"
#include "models/observer.h"

namespace fno {

Var transformed(InputTransform transform, const Var& x) {
  const Scope scope("input");
  switch (transform) {
    case InputTransform::none: break;
    case InputTransform::sqrt: return sqrt(x);
    case InputTransform::log1p: return apply(UnaryOp::log1p, x);
    case InputTransform::instancenorm: return instance_norm(x, Var(), Var(), 1e-6);
  }
  return x;
}

Lifter::Lifter(ParameterStore& store, int channels, int width)
    : conv1_(store, "lifter.conv1", conv3(channels, width)), conv2_(store, "lifter.conv2", conv3(width, width)) {}

Var Lifter::operator()(const Var& x) const {
  const Scope scope("lifter");
  const Var z = conv1_(x);
  observe("lifter", "pre_gelu", z);
  const Var y = conv2_(gelu(z));
  observe("lifter", "out", y);
  return y;
}

}  // namespace fno
