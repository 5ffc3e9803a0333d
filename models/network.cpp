#include "models/network.h"

#include <algorithm>
#include <cmath>

#include "models/cnn.h"
#include "models/ffno.h"
#include "models/hybrid.h"
#include "models/hybrid_resnet.h"
#include "models/operator_model.h"
#include "models/patch_fno.h"

namespace fno {
namespace {

// The input transform in front of a patch network, and the check of what comes in.
class PatchNetwork : public Model {
 public:
  PatchNetwork(const NetworkConfig& c, std::unique_ptr<Model> network)
      : points_(c.points), channels_(c.channels), transform_(c.input_transform), network_(std::move(network)) {}

  Var forward(const Var& x) const override {
    require<ErrorKind::config>(x.shape() == Shape{x.shape(0), channels_, points_, points_}, "generator: input ",
                               x.shape(), "; (batch, ", channels_, ", ", points_, ", ", points_, ") is needed");
    return network_->forward(transformed(transform_, x));
  }

 private:
  int points_, channels_;
  InputTransform transform_;
  std::unique_ptr<Model> network_;
};

void require_at_least(const char* flag, int found, int least) {
  require<ErrorKind::config>(found >= least, flag, ": found ", found, "; accepted are whole numbers from ", least,
                             " on");
}

// What holds for every patch network; the rest is checked by the networks, in the same words.
void check(const NetworkConfig& c) {
  require_at_least("points", c.points, 2);
  require_at_least("channels", c.channels, 1);
  require_at_least("fno-width", c.width, 1);
  require_at_least("fno-blocks", c.blocks, 1);
  require_at_least("fno-cnn-blocks", c.cnn_blocks, 0);
  require<ErrorKind::config>(c.modes >= 1 && c.modes <= c.points, "fno-modes: found ", c.modes, "; a patch of ",
                             c.points, " points takes 1 to ", c.points);
  require<ErrorKind::config>(!c.max_hidden_channels || *c.max_hidden_channels >= c.width, "max-hidden-channels: found ",
                             c.max_hidden_channels.value_or(0), "; accepted is ", c.width, " (fno-width) or more");
  require<ErrorKind::config>(!c.resnet_width || (*c.resnet_width > 0 && *c.resnet_width % 4 == 0),
                             "resnet-width: found ", c.resnet_width.value_or(0),
                             "; accepted are positive multiples of 4");
  require<ErrorKind::config>(std::isfinite(c.layerscale_init), "layerscale-init: found ", c.layerscale_init,
                             "; accepted are finite numbers");
}

template <class Network>
std::unique_ptr<Model> patch(ParameterStore& store, const NetworkConfig& c) {
  const ErrorContext building([&](std::ostream& words) {
    words << "building network " << c.architecture << " for patches of " << c.points << " x " << c.points
          << " points: width " << c.width << ", modes " << c.modes << ", blocks " << c.blocks;
  });
  check(c);
  return std::make_unique<PatchNetwork>(c, std::make_unique<Network>(store, c));
}

std::unique_ptr<Model> grid_operator(ParameterStore& store, const NetworkConfig& c) {
  return std::make_unique<OperatorModel>(store, c);
}

constexpr Architecture kArchitectures[] = {
    {"fno_operator", NetworkKind::grid_operator, grid_operator},
    {"stable_fno",
     NetworkKind::grid_operator,
     grid_operator,
     {"stable_form", "layerscale_init", "activation_checkpointing"}},
    {"hybrid", NetworkKind::patch, patch<HybridModel>, {"max_hidden_channels"}},
    {"stable_hybrid",
     NetworkKind::patch,
     patch<HybridModel>,
     {"max_hidden_channels", "stable_form", "layerscale_init"}},
    {"fno", NetworkKind::patch, patch<PatchFno>, {"cnn_blocks"}},
    {"fno_vanilla", NetworkKind::patch, patch<PatchFno>},
    {"ffno", NetworkKind::patch, patch<FfnoModel>, {"cnn_blocks"}},
    {"hybrid_resnet", NetworkKind::patch, patch<HybridResnetModel>, {"max_hidden_channels", "resnet_width"}},
    {"cnn", NetworkKind::patch, patch<CnnModel>},
};

}  // namespace

std::span<const Architecture> architectures() { return kArchitectures; }

const Architecture& architecture_named(std::string_view name) {
  const auto* found = std::ranges::find(kArchitectures, name, &Architecture::name);
  if (found != std::end(kArchitectures)) return *found;
  std::string all;
  for (const Architecture& a : kArchitectures) all.append(all.empty() ? "" : ", ").append(a.name);
  fail(ErrorKind::config, "architecture: found ", name, "; accepted are ", all);
}

std::unique_ptr<Model> make_network(ParameterStore& store, const NetworkConfig& config) {
  return architecture_named(config.architecture).make(store, config);
}

ParameterCount count_parameters(const NetworkConfig& config) {
  ParameterStore store;
  (void)make_network(store, config);
  return store.count();
}

}  // namespace fno
