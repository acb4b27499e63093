-- Up to where channels have been told, also those of users: the gateway asks for all that it tells to somebody, in one
-- query of nobody's, so that it notices what was lost on the way. Places say how much was told, and nothing of what.
-- The two lists go together; a channel without a user is everybody's.
CREATE FUNCTION outbox_places(p_channels text[], p_user_ids integer[])
  RETURNS TABLE (channel text, user_id integer, epoch text, last_offset bigint) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- Apart, because no index answers IS NOT DISTINCT FROM.
  SELECT c.channel, c.user_id, c.epoch, c.last_offset
  FROM unnest(p_channels, p_user_ids) AS asked (channel, user_id)
  JOIN outbox_channels c ON c.user_id = asked.user_id AND c.channel = asked.channel
  UNION ALL
  SELECT c.channel, c.user_id, c.epoch, c.last_offset
  FROM unnest(p_channels, p_user_ids) AS asked (channel, user_id)
  JOIN outbox_channels c ON c.user_id IS NULL AND c.channel = asked.channel
  WHERE asked.user_id IS NULL
$$;

REVOKE EXECUTE ON FUNCTION outbox_places(text[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_places(text[], integer[]) TO cryptopredict_gateway;
