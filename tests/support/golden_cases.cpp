#include "tests/support/golden_cases.h"

namespace fno::test {

const std::map<std::string, GoldenCases>& golden_cases() {
  static const std::string bilinear = "upsampling is nearest only";
  static const std::string rates = "the Poisson loss takes amplitudes, not rates or their logarithms";
  static const std::map<std::string, GoldenCases> table{
      {"conv2d", {{"k1", "k3", "k3_odd", "k3_tiny"}, {}, {}}},
      {"conv_transpose2d", {{"k2s2_1x3", "k2s2_6x5", "k3s2p1op1_1x3", "k3s2p1op1_6x5"}, {}, {}}},
      {"fft1d",
       {{"n1", "n2", "n3", "n4", "n5", "n7", "n8", "n9", "n12", "n15", "n16", "n17", "n30", "n31", "n64", "n97", "n100",
         "n128"},
        {},
        {}}},
      {"fft2d", {{"n12x10", "n1x6", "n6x1", "n7x9", "n8x8"}, {}, {}}},
      {"fno2d_tiny", {{"net"}, {}, {}}},
      {"gelu", {{"exact"}, {}, {}}},
      {"grad_clip", {{"norm_clip", "norm_noclip", "agc_tensor", "agc_unit"}, {"agc"}, {}}},
      {"instance_norm2d", {{"plain", "offset", "small"}, {}, {}}},
      {"losses", {{"d1", "d2", "d2_odd", "d3"}, {}, {}}},
      {"optimizers",
       {{"adam", "adam_wd", "adamw", "sgd", "sgd_momentum", "sgd_momentum_wd", "sgd_nesterov"},
        {"common"},
        {{"adamw_amsgrad", "AMSGrad is not offered"}}}},
      {"poisson_nll",
       {{"amplitude"},
        {"common"},
        {{"rate", rates}, {"rate_full", rates}, {"lograte", rates}, {"lograte_full", rates}}}},
      {"pool_upsample2d",
       {{"maxpool_6x8", "maxpool_7x5", "nearest_1x3", "nearest_5x4"},
        {},
        {{"bilinear_ac0_1x3", bilinear},
         {"bilinear_ac0_5x4", bilinear},
         {"bilinear_ac1_1x3", bilinear},
         {"bilinear_ac1_5x4", bilinear}}}},
      {"schedules",
       {{"exponential", "plateau_max", "plateau_min", "warmcos_10_10", "warmcos_2_1", "warmcos_30_29", "warmcos_50_0",
         "warmcos_50_5", "warmcos_8_12"},
        {},
        {{"step", "there is no step schedule"},
         {"plateau_min_cooldown", "the plateau schedule has no cooldown and no absolute threshold"}}}},
      {"spectral1d", {{"n12_m1", "n15_m8", "n16_m5", "n16_m9", "n17_m4"}, {}, {}}},
      {"spectral2d", {{"n12x16_m1x1", "n15x13_m4x5", "n16x12_m4x5", "n7x10_m3x6", "n8x8_m4x5", "n9x7_m4x4"}, {}, {}}},
      {"spectral2d_resolution", {{"n8", "n16"}, {"w"}, {}}},
      {"spectral3d", {{"n4x4x4_m2x2x3", "n5x7x9_m2x3x5", "n6x8x10_m2x3x4"}, {}, {}}},
      {"ssim",
       {{"constant_self", "gauss", "range_of_target", "self", "uniform11_range2", "uniform7", "vs_constant"},
        {"img"},
        {}}},
      {"stable_block2d", {{"n10x8", "n10x8_ls1e-3", "n9x7"}, {}, {}}},
  };
  return table;
}

const std::vector<std::string>& tested_cases(const std::string& file) { return golden_cases().at(file).tested; }

}  // namespace fno::test
