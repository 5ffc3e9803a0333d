#include "tools/training/model_description.h"

#include "tests/tools/training/train_test_support.h"

namespace fno::training {
namespace {

ModelDescription some_operator() {
  return {{.architecture = "stable_fno",
           .dims = 3,
           .in = 2,
           .out = 1,
           .width = 5,
           .modes = 4,
           .blocks = 3,
           .projection = 6,
           .spectral = ModeConvention::centered,
           .stable_form = StableForm::zero_gamma,
           .layerscale_init = 0.1 + 0.2,
           .padding = 1.0 / 3,
           .activation_checkpointing = true},
          {{0.1f, 1e-30f}, {3.f, 0.3f}},
          {{-7.f}, {1.f / 3}}};
}

ModelDescription some_generator() {
  return {{.architecture = "hybrid_resnet",
           .points = 32,
           .channels = 4,
           .width = 8,
           .modes = 5,
           .blocks = 3,
           .cnn_blocks = 0,
           .resnet_width = 12,
           .max_hidden_channels = 20,
           .spectral = ModeConvention::centered,
           .stable_form = StableForm::zero_gamma,
           .layerscale_init = 1e-3 / 3,
           .input_transform = InputTransform::instancenorm,
           .output_mode = OutputMode::amp_phase,
           .activation_checkpointing = true}};
}

TEST(ModelDescription, AnOperatorComesBackBitForBit) {
  const ModelDescription given = some_operator();
  const Json json = Json::parse(description_json(given).dump());
  const ModelDescription back = description_of(json, "x.ckpt");
  EXPECT_EQ(back.config.architecture, "stable_fno");
  EXPECT_EQ(back.config.dims, 3);
  EXPECT_EQ(back.config.in, 2);
  EXPECT_EQ(back.config.out, 1);
  EXPECT_EQ(back.config.width, 5);
  EXPECT_EQ(back.config.modes, 4);
  EXPECT_EQ(back.config.blocks, 3);
  EXPECT_EQ(back.config.projection, 6);
  EXPECT_EQ(back.config.spectral, ModeConvention::centered);
  EXPECT_EQ(back.config.stable_form, StableForm::zero_gamma);
  EXPECT_EQ(back.config.layerscale_init, 0.1 + 0.2);
  EXPECT_EQ(back.config.padding, 1.0 / 3);
  EXPECT_TRUE(back.config.activation_checkpointing);
  EXPECT_EQ(back.input.mean, given.input.mean);
  EXPECT_EQ(back.input.deviation, given.input.deviation);
  EXPECT_EQ(back.output.mean, given.output.mean);
  EXPECT_EQ(back.output.deviation, given.output.deviation);
}

TEST(ModelDescription, AGeneratorComesBackBitForBit) {
  const Json json = Json::parse(description_json(some_generator()).dump());
  const NetworkConfig back = description_of(json, "x.ckpt").config;
  EXPECT_EQ(back.architecture, "hybrid_resnet");
  EXPECT_EQ(back.points, 32);
  EXPECT_EQ(back.channels, 4);
  EXPECT_EQ(back.width, 8);
  EXPECT_EQ(back.modes, 5);
  EXPECT_EQ(back.blocks, 3);
  EXPECT_EQ(back.cnn_blocks, 0);
  EXPECT_EQ(back.resnet_width, 12);
  EXPECT_EQ(back.max_hidden_channels, 20);
  EXPECT_EQ(back.spectral, ModeConvention::centered);
  EXPECT_EQ(back.stable_form, StableForm::zero_gamma);
  EXPECT_EQ(back.layerscale_init, 1e-3 / 3);
  EXPECT_EQ(back.input_transform, InputTransform::instancenorm);
  EXPECT_EQ(back.output_mode, OutputMode::amp_phase);
  EXPECT_TRUE(back.activation_checkpointing);

  const ModelDescription plain{{.architecture = "hybrid"}};  // no width, no cap
  const NetworkConfig again = description_of(description_json(plain), "x.ckpt").config;
  EXPECT_FALSE(again.resnet_width);
  EXPECT_FALSE(again.max_hidden_channels);
}

TEST(ModelDescription, CountsAndBuildsTheNetworkOfItsTask) {
  NetworkConfig control;
  control.architecture = "hybrid";
  // Specification, section 4.11.
  EXPECT_EQ(count_parameters(control).logged, 17'202'402);
  EXPECT_EQ(count_parameters(control).real, 32'095'458);

  control.points = 16;
  control.width = 4;
  control.modes = 3;
  const Device device = cpu_device(1);
  const BuiltModel network({control}, device, 3);
  EXPECT_EQ(network.store.count().logged, count_parameters(control).logged);
  const NoGrad guard;
  const Var x(Tensor::zeros(Shape{2, 1, 16, 16}, Dtype::float32, device));
  EXPECT_EQ(network.model.forward(x).shape(), (Shape{2, 2, 16, 16}));
}

TEST(ModelDescription, ADamagedOneIsRefused) {
  const auto refused = [](const ModelDescription& given, const std::string& text, auto&& change) {
    Json json = description_json(given);
    change(json);
    return throws_error(ErrorKind::checkpoint, text, [&] { (void)description_of(json, "x.ckpt"); });
  };
  const char* damaged = "x.ckpt: the description of the network is damaged";
  EXPECT_TRUE(refused(some_operator(), "x.ckpt: found a network of task dance", [](Json& j) { j["task"] = "dance"; }));
  for (const char* key : {"width", "modes", "projection"})
    for (const int value : {0, -1, 70000})
      EXPECT_TRUE(refused(some_operator(), damaged, [&](Json& j) { j["model"][key] = value; })) << key;
  EXPECT_TRUE(refused(some_operator(), damaged, [](Json& j) { j["model"]["blocks"] = 0; }));
  EXPECT_TRUE(refused(some_operator(), damaged, [](Json& j) { j["model"]["dims"] = 4; }));
  EXPECT_TRUE(refused(some_operator(), damaged, [](Json& j) { j["model"]["padding"] = 2; }));
  EXPECT_TRUE(refused(some_operator(), damaged, [](Json& j) { j["model"]["in"] = 3; }));
  EXPECT_TRUE(refused(some_operator(), damaged, [](Json& j) { j["output_scaling"]["deviation"] = {1, 2}; }));
  EXPECT_TRUE(refused(some_operator(), "x.ckpt", [](Json& j) { j["model"]["spectral"] = "round"; }));
  for (const char* key : {"points", "channels", "width", "modes", "resnet_width", "max_hidden_channels"})
    for (const int value : {0, -1, 70000})
      EXPECT_TRUE(refused(some_generator(), damaged, [&](Json& j) { j["model"][key] = value; })) << key;
  EXPECT_TRUE(refused(some_generator(), damaged, [](Json& j) { j["model"]["blocks"] = 0; }));
  EXPECT_TRUE(refused(some_generator(), damaged, [](Json& j) { j["model"]["cnn_blocks"] = -1; }));
  EXPECT_TRUE(refused(some_generator(), "x.ckpt", [](Json& j) { j["model"]["output_mode"] = "loud"; }));
  // A missing key is what the JSON library throws; the reader of checkpoints turns that into its own error.
  Json json = description_json(some_generator());
  json["model"].erase("width");
  EXPECT_THROW((void)description_of(json, "x.ckpt"), Json::exception);
}

}  // namespace
}  // namespace fno::training
