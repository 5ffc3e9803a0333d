#include "tools/training/checkpoint.h"

#include "tests/tools/training/train_test_support.h"
#include "tools/files/checkpoint_file.h"
#include "tools/files/safetensors.h"
#include "tools/training/model_file.h"

namespace fno::training {
namespace {

ModelDescription description_of(int dims, int in, int out) {
  const auto scaling = [](int n) {
    return ChannelScaling{std::vector<double>(static_cast<std::size_t>(n), 0.1),
                          std::vector<double>(static_cast<std::size_t>(n), 3.0)};
  };
  return ModelDescription{{.dims = dims,
                           .in = in,
                           .out = out,
                           .width = 3,
                           .modes = 2,
                           .blocks = 1,
                           .projection = 4,
                           .spectral = ModeConvention::classic},
                          scaling(in),
                          scaling(out)};
}

class CheckpointFile : public InFolder {
 protected:
  static Checkpoint captured(const ModelDescription& description, const BuiltModel& network) {
    Checkpoint checkpoint{.model = description,
                          .settings = "[run]\n",
                          .seed = 5,
                          .data = {{"training", "ab"}, {"test", "cd"}},
                          .infer_batch_size = 9,
                          .weights = {},
                          .first = {},
                          .second = {},
                          .training = {}};
    Optimizer optimizer(network.store.parameters(), {});
    optimizer.set_rate(0.125);
    TrainingState state;
    state.best_val_loss = 1.0 / 3;
    state.best_epoch = 1;
    state.history.push_back({.train_loss = 0.1, .val_loss = std::nan(""), .learning_rate = 1e-3, .seconds = 2});
    capture(checkpoint, network.store, optimizer, Schedule({.base = 0.25}), state);
    return checkpoint;
  }
};

TEST_F(CheckpointFile, BringsEverythingBack) {
  const ModelDescription description = description_of(2, 2, 1);
  const BuiltModel network(description, cpu_device(1), 5), other(description, cpu_device(1), 6);
  write_checkpoint(path("a"), captured(description, network));
  const Checkpoint c = read_checkpoint(path("a"));
  const ModelDescription &stored = c.model, &given = description;
  EXPECT_EQ(stored.input.mean, given.input.mean);
  EXPECT_EQ(stored.output.deviation, given.output.deviation);
  EXPECT_EQ(stored.config.width, 3);
  EXPECT_EQ(c.settings, "[run]\n");
  EXPECT_EQ(c.seed, 5u);
  EXPECT_EQ(c.data, (std::map<std::string, std::string>{{"training", "ab"}, {"test", "cd"}}));
  EXPECT_EQ(c.infer_batch_size, 9);
  EXPECT_EQ(c.rate, 0.125);
  EXPECT_EQ(c.schedule.plateau_rate, 0.25);
  EXPECT_EQ(c.training.best_val_loss, 1.0 / 3);
  EXPECT_TRUE(std::isnan(*c.training.history[0].val_loss));
  EXPECT_FALSE(c.training.history[0].grad_norm);
  const auto weights = [](const BuiltModel& model, std::size_t i) {
    return model.store.parameters()[i].var.value().to_host<float>();
  };
  EXPECT_NE(weights(network, 0), weights(other, 0));
  restore_weights(c, other.store, "a");
  for (std::size_t i = 0; i < network.store.parameters().size(); ++i) EXPECT_EQ(weights(network, i), weights(other, i));
}

TEST_F(CheckpointFile, RefusesAnotherNetworkAndDamage) {
  const ModelDescription description = description_of(2, 2, 1), wider = description_of(2, 3, 1);
  const BuiltModel network(description, cpu_device(1), 5), other(wider, cpu_device(1), 5);
  write_checkpoint(path("a"), captured(description, network));
  const Checkpoint c = read_checkpoint(path("a"));
  EXPECT_TRUE(throws_error(ErrorKind::checkpoint, "lift.weight", [&] { restore_weights(c, other.store, "a"); }));

  std::string bytes = text_of_file(path("a"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(path("b"), std::ios::binary) << bytes;
  EXPECT_TRUE(throws_error(ErrorKind::checkpoint, path("b"), [&] { (void)read_checkpoint(path("b")); }));
  EXPECT_TRUE(throws_error(ErrorKind::checkpoint, path("c"), [&] { (void)read_checkpoint(path("c")); }));
}

TEST_F(CheckpointFile, ADescriptionThatItsWeightsDoNotFillIsRefusedBeforeMemoryIsAskedFor) {
  const ModelDescription description = description_of(2, 2, 1);
  const BuiltModel network(description, cpu_device(1), 5);
  Checkpoint checkpoint = captured(description, network);
  checkpoint.model.config.width = 60000;  // some 500 GB of weights
  write_checkpoint(path("a"), checkpoint);
  EXPECT_TRUE(throws_error(ErrorKind::checkpoint, "numbers in the weights", [&] { (void)read_checkpoint(path("a")); }));
  const std::vector<std::byte> state{std::byte{'{'}};
  write_checkpoint_file(path("b"), std::vector<SectionView>{{"state", state}});
  EXPECT_TRUE(throws_error(ErrorKind::checkpoint, path("b"), [&] { (void)read_checkpoint(path("b")); }));
}

TEST_F(CheckpointFile, ModelFileHasSpectralWeightsChannelsFirstAndModesByAxis) {
  // 2-D classic with 2 modes: rows 0, 1, -2, -1 of the first axis, columns 0, 1; mode-major index k = 2·row + column.
  const ModelDescription description = description_of(2, 2, 1);
  BuiltModel network(description, cpu_device(1), 5);
  std::size_t spectral = 0;
  while (network.store.rows_of(spectral).empty()) ++spectral;
  const Parameter& weight = network.store.parameters()[spectral];
  ASSERT_EQ(weight.var.shape(), (Shape{8, 3, 3}));
  std::vector<float> values;
  for (int k = 0; k < 8; ++k)
    for (int in = 0; in < 3; ++in)
      for (int out = 0; out < 3; ++out)
        for (const int part : {0, 1}) values.push_back(static_cast<float>(1000 * k + 100 * in + 10 * out + part));
  Tensor stored = weight.var.value();
  stored.as_real().copy_from(Tensor::from(values, {8, 3, 3, 2}, cpu_device(1)).to(stored.device()));

  write_model_file(path("m"), network.store, description,
                   small_settings("/somewhere/d.npz", "/somewhere/run", {"--seed", "7"}));
  const SafetensorsFile file = read_safetensors(path("m"));
  ASSERT_EQ(file.arrays.size(), network.store.parameters().size());
  const NamedArray& saved = file.arrays[spectral];
  EXPECT_EQ(saved.name, weight.name);
  EXPECT_EQ(saved.array.shape, (std::vector<std::int64_t>{3, 3, 4, 2, 2}));
  const std::span<const float> read = saved.array.values<float>();
  for (std::size_t in = 0; in < 3; ++in)
    for (std::size_t out = 0; out < 3; ++out)
      for (std::size_t row = 0; row < 4; ++row)
        for (std::size_t column = 0; column < 2; ++column)
          for (std::size_t part = 0; part < 2; ++part)
            ASSERT_EQ(read[(((in * 3 + out) * 4 + row) * 2 + column) * 2 + part],
                      static_cast<float>(1000 * (2 * row + column) + 100 * in + 10 * out + part));
  EXPECT_EQ(file.metadata.at("architecture"), "fno_operator");
  const Json settings = Json::parse(file.metadata.at("settings"));
  EXPECT_EQ(settings.at("run.seed"), "7");
  EXPECT_EQ(settings.at("model.fno_width"), "4");
  for (const auto& [key, value] : file.metadata) EXPECT_EQ(value.find("/somewhere"), std::string::npos) << key;
  EXPECT_EQ(Json::parse(file.metadata.at("network"))["output_scaling"]["deviation"][0], 3.0);
  EXPECT_EQ(Json::parse(file.metadata.at("complex_tensors"))[0], weight.name);
}

}  // namespace
}  // namespace fno::training
