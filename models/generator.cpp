#include "models/generator.h"

#include <algorithm>
#include <cmath>

#include "models/cnn.h"
#include "models/ffno.h"
#include "models/fno.h"
#include "models/hybrid.h"
#include "models/hybrid_resnet.h"

namespace fno {
namespace {

// The input transform in front of a network, and the check of what comes in.
class Generator : public Model {
 public:
  Generator(const GeneratorConfig& c, std::unique_ptr<Model> network)
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

// What holds for every architecture; the rest is checked by the networks, in the same words.
void check(const GeneratorConfig& c) {
  const std::vector<std::string>& names = generator_names();
  if (std::ranges::find(names, c.architecture) == names.end()) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    fail(ErrorKind::config, "architecture: found ", c.architecture, "; accepted are ", all);
  }
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

HybridConfig hybrid_config(const GeneratorConfig& c) {
  return {.stable = c.architecture == "stable_hybrid",
          .points = c.points,
          .in = c.channels,
          .out = 2 * c.channels,
          .width = c.width,
          .modes = c.modes,
          .blocks = c.blocks,
          .max_hidden_channels = c.max_hidden_channels,
          .spectral = c.spectral,
          .stable_form = c.stable_form,
          .layerscale_init = c.layerscale_init,
          .output_mode = c.output_mode,
          .activation_checkpointing = c.activation_checkpointing};
}

std::unique_ptr<Model> make_network(ParameterStore& store, const GeneratorConfig& c) {
  if (c.architecture == "fno") return std::make_unique<FnoModel>(store, c, true);
  if (c.architecture == "fno_vanilla") return std::make_unique<FnoModel>(store, c, false);
  if (c.architecture == "ffno") return std::make_unique<FfnoModel>(store, c);
  if (c.architecture == "hybrid_resnet") return std::make_unique<HybridResnetModel>(store, c);
  if (c.architecture == "cnn") return std::make_unique<CnnModel>(store, c);
  return std::make_unique<HybridModel>(store, hybrid_config(c));
}

}  // namespace

const std::vector<std::string>& generator_names() {
  static const std::vector<std::string> names{"hybrid", "stable_hybrid", "fno", "fno_vanilla",
                                              "ffno",   "hybrid_resnet", "cnn"};
  return names;
}

std::unique_ptr<Model> make_generator(ParameterStore& store, const GeneratorConfig& config) {
  const ErrorContext building([&](std::ostream& words) {
    words << "building network " << config.architecture << " for patches of " << config.points << " x " << config.points
          << " points: width " << config.width << ", modes " << config.modes << ", blocks " << config.blocks;
  });
  check(config);
  return std::make_unique<Generator>(config, make_network(store, config));
}

ParameterCount count_parameters(const GeneratorConfig& config) {
  ParameterStore store;
  (void)make_generator(store, config);
  return store.count();
}

}  // namespace fno
