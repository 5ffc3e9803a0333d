// Losses are composed of element-wise operations and sums: one derivative for every device, and their cost is that of
// one channel, nothing beside the network's. Those of amplitudes have jobs of their own: one pass each way.
#include "framework/ops/loss.h"

#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"

namespace fno {
namespace {

void require_pair(const char* loss, const Var& p, const Var& t) {
  require_alike(loss, p, t);
  require<ErrorKind::config>(p.shape() == t.shape(), loss, ": prediction ", p.shape(), " and target ", t.shape());
  require<ErrorKind::config>(p.value().size() > 0, loss, ": nothing to compare");
  require<ErrorKind::config>(!t.wants_grad(), loss, ": the target ", t.value(),
                             " wants a gradient; losses differentiate the prediction alone");
}

std::vector<int> axes_from(int first, const Var& x) {
  std::vector<int> axes;
  for (int axis = first; axis < x.shape().rank(); ++axis) axes.push_back(axis);
  return axes;
}

Var norm_from(int first, const Var& x) { return sqrt(sum(square(x), axes_from(first, x))); }

Var mean_ratio(const Var& error, const Var& size, double eps) { return mean(error / affine(size, 1, eps)); }

Var h1_norm(const Var& x) {
  Var total = sum(square(x), axes_from(2, x));
  for (int axis = 0; axis + 2 < x.shape().rank(); ++axis)
    total = total + sum(square(central_difference(x, axis)), axes_from(2, x));
  return sqrt(total);
}

// weight · Σ error(p, t) / (mean t + 1e-8), the target a constant.
Var amplitude_loss(AmplitudeError error, const Var& p, const Var& t, double weight, double counts, double floor) {
  const Tensor predicted = p.value(), measured = t.value();
  return with_real(p.dtype(), [&]<class T>(T) {
    const Tensor loss(Shape{}, p.dtype(), p.device()), size(Shape{}, Dtype::float64, p.device());
    p.device().run(AmplitudeLoss<T>{.error = error,
                                    .p = predicted.data<T>(),
                                    .t = measured.data<T>(),
                                    .loss = loss.data<T>(),
                                    .size = size.data<double>(),
                                    .n = predicted.size(),
                                    .weight = weight,
                                    .counts = counts,
                                    .floor = floor});
    return record(loss, {p}, [=](const Tensor& dy, const Grads& grads) {
      const Tensor dp(predicted.shape(), predicted.dtype(), dy.device());
      dy.device().run(AmplitudeLossBackward<T>{.error = error,
                                               .p = predicted.data<T>(),
                                               .t = measured.data<T>(),
                                               .dy = dy.data<T>(),
                                               .size = size.data<double>(),
                                               .dp = dp.data<T>(),
                                               .n = predicted.size(),
                                               .weight = weight,
                                               .counts = counts,
                                               .floor = floor});
      grads.add(0, dp);
    });
  });
}

}  // namespace

Var relative_l2(const Var& p, const Var& t, double eps) {
  require_pair("relative_l2", p, t);
  return mean_ratio(norm_from(1, p - t), norm_from(1, t), eps);
}

Var relative_h1(const Var& p, const Var& t, double eps) {
  require_pair("relative_h1", p, t);
  return mean_ratio(h1_norm(p - t), h1_norm(t), eps);
}

Var mae(const Var& p, const Var& t) {
  require_pair("mae", p, t);
  return mean(abs(p - t));
}

Var mae_over_mean(const Var& p, const Var& t) {
  require_pair("mae_over_mean", p, t);
  return amplitude_loss(AmplitudeError::absolute, p, t, 1 / static_cast<double>(p.value().size()), 1, 0);
}

Var poisson_over_mean(const Var& p, const Var& t, double counts, double floor) {
  require_pair("poisson_over_mean", p, t);
  require<ErrorKind::config>(counts > 0 && floor >= 0, "poisson_over_mean: counts ", counts, " and floor ", floor,
                             "; accepted are counts above 0 and a floor of at least 0");
  require<ErrorKind::config>(p.shape().rank() > 0, "poisson_over_mean: a batch is needed, not ", p.shape());
  return amplitude_loss(AmplitudeError::poisson, p, t, 1 / static_cast<double>(p.shape(0)), counts, floor);
}

Var central_difference(const Var& x, int grid_axis) {
  const int axis = grid_axis + 2;
  require<ErrorKind::config>(grid_axis >= 0 && axis < x.shape().rank(), "central_difference: axis ", grid_axis, " of ",
                             x.shape());
  const Var ahead = roll(x, {-1}, {axis}), behind = roll(x, {1}, {axis});
  return affine(ahead - behind, static_cast<double>(x.shape(axis)) / 2);
}

}  // namespace fno
