#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "framework/autograd/var.h"

namespace fno {

/// Is shown the named maps inside a forward pass, each in the moment that it exists: the logs of a study hang here.
/// Names are those of the layers (Stage A specification, section 4.12) and end in what is shown:
///
///     lifter.pre_gelu · lifter.out
///     encoder_blocks.0.pre_gelu   into the block's GELU     encoder_blocks.0.out   the residual stream after it
///     bottleneck.pre_gelu · bottleneck.out
///     decoder_blocks.2.0          into the GELU of that decoder stage      decoder_blocks.2.out
///     output                      what forward() returns
///
/// Take values from the Var, not gradients: inside a checkpointed block it is a constant.
using Observer = std::function<void(const std::string& name, const Var& value)>;

/// While one lives, forward passes of this thread show their maps to `observer`; the innermost counts.
///
///     const ObserverScope scope([&](const std::string& name, const Var& value) { … });
///     model.forward(x);
class ObserverScope {
 public:
  explicit ObserverScope(Observer observer);
  ~ObserverScope();
  ObserverScope(const ObserverScope&) = delete;
  ObserverScope& operator=(const ObserverScope&) = delete;

 private:
  Observer observer_;
  const Observer* before_;
};

/// Called by layers: shows a map under the name SCOPE.LEAF, or SCOPE where the leaf is empty. Nobody looking, it costs
/// one comparison. Silent while a checkpointed block is computed again.
void observe(std::string_view scope, std::string_view leaf, const Var& value);
/// The same under SCOPE.INDEX.LEAF.
void observe(std::string_view scope, std::size_t index, std::string_view leaf, const Var& value);

}  // namespace fno
