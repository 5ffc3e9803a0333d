#include "models/operator_model.h"

#include "framework/ops/elementwise.h"
#include "framework/ops/grid.h"
#include "framework/ops/shape.h"
#include "framework/scope.h"
#include "models/observer.h"

namespace fno {

OperatorModel::OperatorModel(ParameterStore& store, const NetworkConfig& c) : config_(c) {
  const ErrorContext building([&](std::ostream& words) {
    words << "building network " << c.architecture << ", " << c.in << " to " << c.out << " channels in " << c.dims
          << " dimensions: width " << c.width << ", modes";
    for (const int m : c.modes.values()) words << " " << m;
    words << ", blocks " << c.blocks;
  });
  const bool stable = c.architecture == "stable_fno";
  require<ErrorKind::config>(c.dims >= 1 && c.dims <= 3, "operator: ", c.dims, " dimensions, 1 to 3 are accepted");
  const auto axes = static_cast<std::size_t>(c.dims);
  require<ErrorKind::config>(c.modes.fits(axes) && c.padding.fits(axes), "operator: ", c.modes.values().size(),
                             " numbers of modes and ", c.padding.values().size(),
                             " of padding, one or one for each of ", axes, " axes are accepted");
  lift_.emplace(store, "lift", ConvLayer::Config{.dims = c.dims, .in = c.in + c.dims, .out = c.width});
  FourierLayer::Config layer{.dims = c.dims,
                             .in = c.width,
                             .out = c.width,
                             .modes = c.modes,
                             .kernel = stable ? 3 : 1,
                             .convention = c.spectral,
                             .padding = c.padding,
                             .grid_ends = c.grid_ends,
                             .init = c.spectral == ModeConvention::centered           ? SpectralInit::library_normal
                                     : c.spectral == ModeConvention::corner || stable ? SpectralInit::complex_normal
                                                                                      : SpectralInit::uniform};
  for (int i = 0; i < c.blocks; ++i) {
    const std::string name = "blocks." + std::to_string(i);
    if (stable)
      stable_.push_back(stable_block(store, name, layer, c));
    else
      layers_.emplace_back(store, name, layer);
  }
  head1_.emplace(store, "head.0", ConvLayer::Config{.dims = c.dims, .in = c.width, .out = c.projection});
  head2_.emplace(store, "head.1", ConvLayer::Config{.dims = c.dims, .in = c.projection, .out = c.out});
}

Var OperatorModel::with_coordinates(const Var& x) const {
  const Extents grid = grid_of("operator", x.shape());
  Var& coordinates = coordinates_[{x.shape().begin(), x.shape().end()}];
  if (!coordinates.defined()) {
    std::vector<Var> axes;  // positions along one axis, repeated over batch and grid on the device
    const Var zeros(Tensor::zeros(with_grid(x.shape(0), 1, grid, x.shape()), x.dtype(), x.device()));
    for (int axis = 2; axis < x.shape().rank(); ++axis) {
      const auto n = static_cast<int>(x.shape(axis));
      const auto steps = static_cast<float>(grid_steps(n, config_.grid_ends));
      std::vector<float> values;
      for (int i = 0; i < n; ++i) values.push_back(static_cast<float>(i) / steps);
      Extents alone{1, 1, 1};
      alone[static_cast<std::size_t>(axis + kGridAxes - x.shape().rank())] = n;
      axes.push_back(zeros + Var(with_real(x.dtype(), [&]<class T>(T) {
                       return Tensor::from(std::vector<T>(values.begin(), values.end()),
                                           with_grid(1, 1, alone, x.shape()), x.device());
                     })));
    }
    coordinates = concat(axes, 1);
  }
  return concat({x, coordinates}, 1);
}

Var OperatorModel::forward(const Var& x) const {
  require<ErrorKind::config>(x.shape().rank() == config_.dims + 2 && x.shape(1) == config_.in, "operator: input ",
                             x.shape(), " for ", config_.in, " channels in ", config_.dims, " dimensions");
  const auto with_positions = [&] {
    const Scope scope("input");
    return with_coordinates(x);
  };
  Var v = (*lift_)(with_positions());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Scope scope("blocks." + std::to_string(i));
    if (i + 1 < layers_.size()) {
      const ActivatedLayer layer = layers_[i].activated(v);
      observe("blocks", i, "pre_gelu", layer.z);
      v = layer.y;
    } else {
      v = layers_[i](v);
    }
    observe("blocks", i, "out", v);
  }
  for (const Block& block : stable_) v = block(v);
  const Scope scope("head");
  const Var y = pointwise_mlp(*head1_, *head2_, v);
  observe("output", "", y);
  return y;
}

}  // namespace fno
