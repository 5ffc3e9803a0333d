#include "tools/training/json_values.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace fno::training {
namespace {

TEST(JsonValues, NotFiniteIsNullWithItsNameBesideIt) {
  Json json = Json::object();
  put_number(json, "a", 0.5);
  put_number(json, "b", std::numeric_limits<double>::quiet_NaN());
  put_number(json, "c", -std::numeric_limits<double>::infinity());
  EXPECT_EQ(json.dump(), R"({"a":0.5,"b":null,"b_not_finite":"nan","c":null,"c_not_finite":"-inf"})");
}

TEST(JsonValues, ExactNumbersComeBackBitForBit) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, infinity, -infinity})
    EXPECT_EQ(exact_number(Json::parse(exact(value).dump())), value);
  EXPECT_TRUE(std::isnan(exact_number(Json::parse(exact(std::numeric_limits<double>::quiet_NaN()).dump()))));
}

}  // namespace
}  // namespace fno::training
