"""The product's database; the channel layer that is compared with."""

from project.environment.site import REDIS_URL
from project.settings import *  # noqa: F403 - all of them, but for what follows

CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
}
