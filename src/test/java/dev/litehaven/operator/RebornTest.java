package dev.litehaven.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.litehaven.api.v1alpha1.SQLiteDatabase;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RebornTest {
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Reborn<SQLiteDatabase> reborn = new Reborn<>(SQLiteDatabase.class);
  private final SQLiteDatabase database = new SQLiteDatabase();

  @BeforeEach
  void start() {
    database.setMetadata(new ObjectMetaBuilder().withNamespace("shop").withName("shop-db").build());
    reborn.setEventHandler(events::add);
    reborn.start();
  }

  @SuppressWarnings("unchecked")
  private static Context<SQLiteDatabase> told(boolean deleted) {
    return (Context<SQLiteDatabase>)
        Proxy.newProxyInstance(
            RebornTest.class.getClassLoader(),
            new Class<?>[] {Context.class},
            (_, method, _) -> {
              assertThat(method.getName()).isEqualTo("isPrimaryResourceDeleted");
              return deleted;
            });
  }

  @Test
  void whatIsThereAfterADeletionIsLookedAtAgain() throws Exception {
    reborn.check(told(true), Optional.of(database));
    // Only an event of the resource itself brings back what was forgotten.
    assertThat(events.poll(30, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            ResourceEvent.class,
            event -> assertThat(event.getRelatedCustomResourceID().getName()).isEqualTo("shop-db"));
  }

  @Test
  void whatIsGoneOrWasNotDeletedNeedsNoSecondLook() throws Exception {
    reborn.check(told(true), Optional.empty());
    reborn.check(told(false), Optional.of(database));
    assertThat(events.poll(2, TimeUnit.SECONDS)).isNull();
  }

  @Test
  void onceStoppedNothingIsSaidAnyMore() throws Exception {
    reborn.check(told(true), Optional.of(database));
    reborn.stop();
    assertThat(events.poll(2, TimeUnit.SECONDS)).isNull();
  }
}
