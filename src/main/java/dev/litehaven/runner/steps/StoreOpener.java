package dev.litehaven.runner.steps;

import dev.litehaven.runner.store.BackupStore;
import java.util.function.UnaryOperator;

/** What a step makes of a place for backups before it uses it; for tests that cut it off there. */
@FunctionalInterface
public interface StoreOpener extends UnaryOperator<BackupStore> {
  StoreOpener AS_IT_IS = store -> store;
}
