#include "tools/settings/suggest.h"

#include <gtest/gtest.h>

namespace fno::settings {
namespace {

TEST(Suggest, DistancesOfTextbookPairs) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("saturday", "sunday"), 3u);
  EXPECT_EQ(edit_distance("adma", "adam"), 1u);  // one swap, not two substitutions
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);     // restricted form; 2 without the restriction
}

TEST(Suggest, NearestAlwaysAnswersCloseOnlyWhenNear) {
  const std::vector<std::string> names{"batch-size", "learning-rate", "beta1", "beta2"};
  EXPECT_EQ(nearest_name("lerning-rate", names), "learning-rate");
  EXPECT_EQ(nearest_name("beta", names), "beta1");  // the first of equals
  EXPECT_EQ(close_name("bacth-size", names), "batch-size");
  EXPECT_EQ(close_name("ptychography", names), std::nullopt);
  EXPECT_EQ(close_name("x", {}), std::nullopt);
  EXPECT_EQ(close_name(std::string(100000, 'a'), names), std::nullopt);
}

TEST(Suggest, AbbreviationsMeanTheNameWhoseWordsTheyBegin) {
  const std::vector<std::string> names{"loss", "batch-size", "learning-rate", "weight_decay"};
  EXPECT_EQ(nearest_name("lr", names), "learning-rate");
  EXPECT_EQ(nearest_name("bs", names), "batch-size");
  EXPECT_EQ(nearest_name("wd", names), "weight_decay");
  EXPECT_EQ(nearest_name("l", names), "loss");
}

}  // namespace
}  // namespace fno::settings
